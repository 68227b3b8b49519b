"""What one app counts in the quota of its tenant: per source, and over time."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps_mgmt.models import App
from tenants.models import Reservation
from tenants.pages.quota_figures import SHOWN
from tenants.quota import history, ledger
from tenants.quota.arithmetic import counted
from tenants.quota.chart import chart
from tenants.quota.dimensions import DIMENSIONS, human

DRAFT, DEPLOYED = "draft", "deployed"


def rows(app: App) -> list[dict[str, Any]]:
    """A row for each dimension that the app uses, or used: what counts, of what it is the largest, and its chart."""
    now = timezone.now()
    sources: dict[str, dict[str, int]] = {}
    for source, dimension, amount in Reservation.objects.filter(app_id=app.pk).values_list(
        "source", "dimension", "amount"
    ):
        sources.setdefault(source, {})[dimension] = amount
    counts, limits = counted(sources.values()), ledger.limits_of(app.tenant_id)
    steps = history.steps_of(app.tenant, app_id=app.pk, since=now - SHOWN)
    return [
        {
            "label": known.label,
            "used": human(name, counts.get(name, 0)),
            "limit": human(name, limits[name]),
            "draft": human(name, sources.get(DRAFT, {}).get(name, 0)),
            "deployed": human(name, sources.get(DEPLOYED, {}).get(name, 0)),
            "rolling": human(name, _rolling(sources, name)),
            "because": _because(sources, name, counts.get(name, 0)),
            "chart": chart(
                name,
                steps.get(name, []),
                since=now - SHOWN,
                now=now,
                used=counts.get(name, 0),
                limit=limits[name],
            ),
        }
        for name, known in DIMENSIONS.items()
        if name in counts or name in steps
    ]


def _rolling(sources: dict[str, dict[str, int]], dimension: str) -> int:
    return max((one.get(dimension, 0) for name, one in sources.items() if name not in (DRAFT, DEPLOYED)), default=0)


def _because(sources: dict[str, dict[str, int]], dimension: str, amount: int) -> str:
    """Which of them is the largest, and so counts."""
    if not amount:
        return ""
    words = {DRAFT: _("the draft"), DEPLOYED: _("what is deployed")}
    largest = [name for name, one in sources.items() if one.get(dimension, 0) == amount]
    return words[DEPLOYED] if DEPLOYED in largest else words[DRAFT] if DRAFT in largest else _("a release in flight")
