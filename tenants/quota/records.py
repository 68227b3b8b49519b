"""The quota of a tenant as a value, and what is written when it changes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, date, timedelta
from typing import Any

from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.clusters import preparing
from tenants.models import QuotaLimit, QuotaRequest, Tenant
from tenants.quota import ending, ledger
from tenants.quota.arithmetic import line
from tenants.quota.dimensions import DIMENSIONS, human
from tenants.quota.showing import day, row
from tenants.quota.values import GRANTED, RAISE_DAYS, REFUSED, WAITING, WITHDRAWN, Limit, QuotaRecord, Request

COPIED = ("number", "dimension", "before", "asked", "reason", "asked_by", "state", "granted", "comment", "decided_by")


def record_of(tenant: Tenant) -> QuotaRecord:
    """The quota as it is now, with the requests that wait. Apps are known by their ids: see `naming`."""
    now = timezone.now()
    requests = QuotaRequest.objects.filter(tenant=tenant)
    by_rule = Q(state=GRANTED, decided_by="", decided_at__gt=now - timedelta(days=RAISE_DAYS))
    cut = Q(state=GRANTED, until__gte=now.astimezone(UTC).date(), ended_at__isnull=False)
    found = list(requests.filter(Q(state=WAITING) | by_rule | cut).order_by("number"))
    limits = ledger.limits_now(tenant.pk)
    return QuotaRecord(
        limits=limits,
        used=ledger.totals(tenant.pk),
        apps={str(pk): amounts for pk, amounts in ledger.apps_of(tenant.pk).items()},
        requests=tuple(_request(one) for one in found if one.state == WAITING),
        last=requests.aggregate(last=Max("number"))["last"] or 0,
        raised=_raised(found, limits),
        lowered=_lowered(found),
    )


def choices(tenant: Tenant) -> list[tuple[str, str]]:
    """The requests that wait, for a picker."""
    waiting = QuotaRequest.objects.filter(tenant=tenant, state=WAITING).order_by("number")
    return [(str(one.number), title_of(_request(one))) for one in waiting]


def title_of(request: Request) -> str:
    """`3: CPU 30 CPU`."""
    label, asked = DIMENSIONS[request.dimension].label, human(request.dimension, request.asked)
    return _("{number}: {label} {asked}").format(number=request.number, label=label, asked=asked)


def keep(tenant: Tenant, before: QuotaRecord, after: QuotaRecord) -> None:
    """Write what differs; effective at once. The caller holds the tenant's usage rows."""
    if changed := {name: limit for name, limit in after.limits.items() if limit != before.limits[name]}:
        set_limits(tenant.pk, changed)
    for request in after.requests:
        if request not in before.requests:
            _keep_request(tenant, request, new=request.number > before.last)


def note_early(tenant: Tenant, before: QuotaRecord, after: QuotaRecord) -> None:
    """Say in the log of the tenant which raises this ended before their day; last in its transaction."""
    for name, limit in after.limits.items():
        for one in before.limits[name].cut_by(limit):
            ending.note_early(tenant, name, one, limit=limit.now, used=after.used.get(name, 0))


def early_words(before: QuotaRecord, after: QuotaRecord) -> list[str]:
    """A sentence for each raise that this would end before its day."""
    sentence = _("This ends the raise to {raised} that was granted until {date}.")
    return [
        sentence.format(raised=human(name, one.amount), date=day(one.until))
        for name, limit in after.limits.items()
        for one in before.limits[name].cut_by(limit)
    ]


def told(before: QuotaRecord, after: QuotaRecord) -> dict[str, Any]:
    """What the answer says of the request that was made, withdrawn or decided: `{request, state}`, else nothing."""
    for request in after.requests:
        if request not in before.requests:
            return {"request": request.number, "state": request.state}
    return {}


def set_limits(tenant_id: uuid.UUID, limits: Mapping[str, Limit]) -> None:
    """Write limits, whatever is in use; raises that are none of them are over. The stops in the namespaces follow."""
    for name, limit in limits.items():
        values = {
            "amount": limit.amount,
            "raises": [asdict(one) for one in limit.raises],
        }
        QuotaLimit.objects.update_or_create(tenant_id=tenant_id, dimension=name, defaults=values)
        _end_raises(tenant_id, name, limit)
    preparing.prepare_everywhere(tenant_id, cause=preparing.QUOTA)


def rows_of_change(before: QuotaRecord, after: QuotaRecord) -> list[dict[str, Any]]:
    """The rows {label, before, after, kind} of a preview or an audit entry."""
    rows = [
        {
            "label": _("Limit of {label}").format(label=DIMENSIONS[name].label),
            "before": words_of_limit(name, before.limits[name]),
            "after": words_of_limit(name, limit),
            "kind": "changed",
        }
        for name, limit in after.limits.items()
        if limit != before.limits[name]
    ]
    old = {one.number: one for one in before.requests}
    for request in after.requests:
        was = old.get(request.number)
        if request != was:
            label = _("Request {title}").format(title=title_of(request))
            words = words_of_state(was) if was else ""
            kind = "changed" if was else "added"
            rows.append({"label": label, "before": words, "after": words_of_state(request), "kind": kind})
    return rows


def quota_rows(before: QuotaRecord, after: QuotaRecord) -> list[dict[str, Any]]:
    """For a preview: each limit that a change is about, as it is and as it would be, with what is in use of it."""
    asked = {one.dimension: one for one in after.requests if one not in before.requests}
    rows = []
    for name, limit in after.limits.items():
        if name not in asked and limit == before.limits[name]:
            continue
        then = line(name, used=after.used.get(name, 0), grown=0, limit=limit.now, falls=limit.falls)
        shown = row(then, limit_before=before.limits[name].now)
        stays = _stays(asked[name], limit) if limit == before.limits[name] else ""
        rows.append({**shown, "note": stays or shown["note"]})
    return rows


def _stays(request: Request, limit: Limit) -> str:
    """What a request does to a limit that it does not change."""
    words = {"limit": words_of_limit(request.dimension, limit), "asked": human(request.dimension, request.asked)}
    if request.state != WAITING:
        return _("The limit stays {limit}.").format(**words)
    if request.until:
        words["asked"] = _("{value} until {date}").format(value=words["asked"], date=day(request.until))
    sentence = _("Asked for: {asked}. Nothing changes before a platform operator decides: the limit is {limit}.")
    return sentence.format(**words)


def raised(tenant: Tenant) -> list[str]:
    """A sentence for each limit that is higher for a while: until when, and that setting a limit ends it."""
    limits = ledger.limits_now(tenant.pk)
    sentence = _("{label}: {words}. Setting this limit ends the raise.")
    return [
        sentence.format(label=DIMENSIONS[name].label, words=words_of_limit(name, limits[name]))
        for name in DIMENSIONS
        if limits[name].raises
    ]


def words_of_limit(dimension: str, limit: Limit) -> str:
    words = human(dimension, limit.amount)
    for one in reversed(limit.raises):
        sentence = _("{raised} until {date}, then {amount}")
        words = sentence.format(raised=human(dimension, one.amount), date=day(one.until), amount=words)
    return words


def words_of_state(request: Request) -> str:
    """How a request stands, in a few words."""
    if request.state == GRANTED:
        granted = human(request.dimension, request.granted or 0)
        if request.until:
            granted = _("{value} until {date}").format(value=granted, date=day(request.until))
        return (_("granted: {value}") if request.decided_by else _("granted by the rule: {value}")).format(
            value=granted
        )
    known = {WAITING: _("waits for a platform operator"), REFUSED: _("refused"), WITHDRAWN: _("withdrawn")}
    return known[request.state]


def _end_raises(tenant_id: uuid.UUID, dimension: str, limit: Limit) -> None:
    """Raises for a while that do not count any more, because another decision took their place, ended now."""
    raises = QuotaRequest.objects.filter(
        tenant_id=tenant_id, dimension=dimension, state=GRANTED, until__isnull=False, ended_at=None
    )
    counting = {(one.amount, one.until) for one in limit.raises}
    over = [one.pk for one in raises if (one.granted, str(one.until)) not in counting]
    QuotaRequest.objects.filter(pk__in=over).update(ended_at=timezone.now())


def _raised(found: Iterable[QuotaRequest], limits: Mapping[str, Limit]) -> frozenset[str]:
    """Dimensions that the rule raised, or of which a raise was ended early by less than it was."""
    return frozenset(
        one.dimension
        for one in found
        if one.granted is not None
        and one.granted > (one.before if not one.decided_by else limits[one.dimension].amount)
    )


def _lowered(found: Iterable[QuotaRequest]) -> dict[str, int]:
    """Dimension → the most that its limit was before the rule lowered it."""
    before: dict[str, int] = {}
    for one in found:
        if one.granted is not None and not one.decided_by and one.granted < one.before:
            before[one.dimension] = max(one.before, before.get(one.dimension, 0))
    return before


def _request(found: QuotaRequest) -> Request:
    until = found.until.isoformat() if found.until else ""
    return Request(until=until, **{name: getattr(found, name) for name in COPIED})


def _keep_request(tenant: Tenant, request: Request, *, new: bool) -> None:
    values: dict[str, Any] = {name: getattr(request, name) for name in COPIED if name != "number"}
    values["until"] = date.fromisoformat(request.until) if request.until else None
    values["decided_at"] = None if request.state == WAITING else timezone.now()
    if new:
        kept = QuotaRequest.objects.create(tenant=tenant, number=request.number, **values)
    else:
        kept = QuotaRequest.objects.get(tenant=tenant, number=request.number)
        QuotaRequest.objects.filter(pk=kept.pk).update(**values)
    if request.state == GRANTED and request.until:
        ending.arrange(kept.pk, at=ending.end_of(date.fromisoformat(request.until)))
