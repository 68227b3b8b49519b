"""What the quota pages show: bars with their history, requests with how they stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal import access
from portal.access import Actor
from portal.access.permissions import PLATFORM_QUOTA
from portal.spelling import spelled_out
from tenants.models import QuotaLimit, QuotaRequest, Tenant
from tenants.quota import history, ledger
from tenants.quota.arithmetic import QuotaLine
from tenants.quota.chart import chart
from tenants.quota.dimensions import DIMENSIONS, human
from tenants.quota.ending import WARN_BEFORE, end_of
from tenants.quota.showing import raised, row
from tenants.quota.values import Limit

SHOWN = timedelta(days=30)
MOST_REQUESTS = 30
LOOKS = {
    "waiting": ("warn", "hourglass"),
    "granted": ("good", "check"),
    "refused": ("bad", "circle-alert"),
    "withdrawn": ("idle", "minus"),
    "ended": ("idle", "minus"),
}


def bars(tenant: Tenant, lines: Iterable[QuotaLine], *, ask_url: str) -> list[dict[str, Any]]:
    """A bar for each dimension, with its chart and where to ask for more (`ask_url` is blank for who may not)."""
    now = timezone.now()
    steps = history.steps_of(tenant, since=now - SHOWN)
    return [
        {
            "bar": row(one),
            "chart": _chart(one, steps.get(one.dimension, ()), now),
            "ask_url": f"{ask_url}?dimension={one.dimension}" if ask_url else "",
        }
        for one in lines
    ]


def raises(tenant: Tenant) -> list[str]:
    """A sentence for each raise that ends soon: by how much the limit falls, and what happens to what is in use."""
    now = timezone.now()
    found = [one for one in QuotaLimit.objects.filter(tenant=tenant) if one.at(now) > one.at(now + WARN_BEFORE)]
    used = ledger.totals(tenant.pk) if found else {}
    sentences = []
    for one in found:
        last_day = min(day for each in one.raises if end_of(day := date.fromisoformat(each["until"])) > now)
        then = one.at(end_of(last_day))
        words = {
            "label": DIMENSIONS[one.dimension].label,
            "amount": human(one.dimension, then),
            "raised": human(one.dimension, one.at(now)),
            "date": date_format(last_day, "DATE_FORMAT"),
        }
        sentence = _("The limit of {label} is {raised} until the end of {date} (UTC), then {amount}.")
        if used.get(one.dimension, 0) > then:
            sentence += " " + _(
                "More than that is in use: nothing will be stopped, but nothing can grow until it fits."
            )
        sentences.append(sentence.format(**words))
    return sentences


def above(lines: Iterable[QuotaLine]) -> list[str]:
    """A sentence for each dimension of which more is in use than the limit is, as after the end of a raise."""
    sentence = _(
        "More of {label} is in use than the limit: {used} of {limit}. Nothing is stopped for it, but nothing can grow "
        "until it is no more than the limit, or the limit is raised."
    )
    return [
        sentence.format(label=one.label, used=one.used_text, limit=one.limit_text)
        for one in lines
        if one.used > one.limit
    ]


def waiting(actor: Actor) -> int:
    """How many requests wait that this person can decide: of others, as nobody decides what they asked for."""
    rows = access.visible(actor, QuotaRequest, PLATFORM_QUOTA).filter(state=QuotaRequest.State.WAITING)
    return rows.exclude(asked_by=actor.username).count()


def requests_of(tenant: Tenant, lines: Iterable[QuotaLine]) -> list[dict[str, Any]]:
    """The requests of a tenant, the last first; `lines` is its quota as it is."""
    known = {one.dimension: one for one in lines}
    found = QuotaRequest.objects.filter(tenant=tenant).order_by("-number")[:MOST_REQUESTS]
    return [asked(one, known.get(one.dimension)) for one in found]


def asked(one: QuotaRequest, line: QuotaLine | None = None) -> dict[str, Any]:
    """A request as a row: what was asked, before and granted, by whom, why, and how it stands.

    `beside`: of one that waits, what the limit (`line`) is for a while beside what it is for good.
    """
    state = "ended" if one.ended_at else one.state
    tone, icon = LOOKS[state]
    word = capfirst(_("ended") if one.ended_at else str(one.get_state_display()))
    return {
        "number": one.number,
        "label": DIMENSIONS[one.dimension].label,
        "before": human(one.dimension, one.before),
        "asked": human(one.dimension, one.asked),
        "granted": "" if one.granted is None or one.granted == one.asked else human(one.dimension, one.granted),
        "until": one.until,
        "beside": raised(line) if line and one.state == "waiting" and not one.until else "",
        "reason": spelled_out(one.reason),
        "by": one.asked_by,
        "at": one.asked_at,
        "comment": spelled_out(one.comment),
        "decided_by": one.decided_by or (_("the rule") if one.state == "granted" else ""),
        "state": {"word": word, "tone": tone, "icon": icon},
        "waits": one.state == "waiting",
    }


def to_decide(found: Sequence[QuotaRequest], *, by: str) -> list[dict[str, Any]]:
    """Requests with their tenant, what is in use there, now and before, and the limit as it was once it is granted;
    `own` are those of the person who looks at them, `by`.

    Asks as much for many as for one.
    """
    now = timezone.now()
    tenants = {one.tenant_id for one in found}
    lines = ledger.lines_of(tenants)
    steps = history.steps_of_tenants(tenants, since=now - SHOWN)
    rows = []
    for one in found:
        used = lines[one.tenant_id][one.dimension]
        granted = Limit.of(used).granted(one.asked, until=one.until.isoformat() if one.until else "")
        after = replace(used, limit=granted.now, falls=granted.falls)
        rows.append(
            asked(one, used)
            | {
                "tenant": one.tenant,
                "own": one.asked_by == by,
                "now": row(used),
                "then": row(after, limit_before=used.limit),
                "chart": _chart(used, steps.get((one.tenant_id, one.dimension), ()), now),
            }
        )
    return rows


def _chart(one: QuotaLine, steps: Iterable[tuple[datetime, int]], now: datetime) -> Any:
    return chart(one.dimension, list(steps), since=now - SHOWN, now=now, used=one.used, limit=one.limit)
