"""Numbers of instances that are left to others: what stands by them counts, from the moment somebody chooses so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from apps_mgmt import previewing
from apps_mgmt.models import App
from apps_mgmt.values import Left
from portal.operations.subject import Preview
from tenants.quota import ledger
from tenants.quota.showing import row

SOURCE = "deployed"
Count = Callable[[App, Sequence[Left]], Mapping[str, int] | None]
_counts: list[Count] = []


def counted_by(count: Count) -> None:
    """Register who knows what stands of an app where these fields are left to others; None where that is what counts
    already.
    """
    _counts[:] = [count]


def reserve(app: App, left: Sequence[Left]) -> None:
    """Reserve what stands where these are left. Raises QuotaExceeded; whoever calls holds the tenant's usage rows."""
    for count in _counts:
        usage = count(app, left)
        if usage is not None:
            ledger.reserve(app.tenant_id, app.pk, source=SOURCE, usage=usage)


def with_quota(preview: Preview, app: App, left: Sequence[Left]) -> Preview:
    """The preview with the quota before and after, and what is short, where that takes any."""
    for count in _counts:
        usage = count(app, left)
        if usage is not None:
            lines = previewing.quota_lines(ledger.standing(app.tenant_id, app.pk), source=SOURCE, asked=usage)
            short = previewing.shortage(app.tenant_id, lines, (), enforced=True)
            return replace(preview, quota=[row(one) for one in lines], warnings=[*short, *preview.warnings])
    return preview
