"""Raises for a while: they warn before they end, and end by themselves, or before their day by another decision.

The ledger stops counting a raise at its time, whoever does what; the rows here say so in the audit log, and let the
stops in the namespaces follow. What is in use above the limit then goes on, only nothing grows until it fits again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal import live, outbox
from portal.access import Actor
from portal.access.ref import TENANT
from portal.audit.recording import Change, Subject, record
from portal.audit.wording import register_sentence
from tenants.clusters import preparing
from tenants.models import QuotaLimit, QuotaRequest, Tenant
from tenants.quota import ledger
from tenants.quota.dimensions import DIMENSIONS, human
from tenants.quota.showing import day
from tenants.quota.values import Raise

WARN, END, CUT = "quota.warn", "quota.end", "quota.cut"
WARN_BEFORE = timedelta(days=3)
SENTENCES = {
    WARN: (
        _("Say that a raise ends"),
        _("said that the raise of {dimension} to {value} counts until the end of {date} (UTC)"),
    ),
    END: (
        _("End a raise"),
        _("ended the raise of {dimension} to {value}: the limit is {limit} now, {used} are in use"),
    ),
    CUT: (
        _("End a raise early"),
        _(
            "ended the raise of {dimension} to {value} before the end of {date} (UTC), because another limit was "
            "decided: it is {limit} now, {used} are in use"
        ),
    ),
}


def register() -> None:
    for name, (title, sentence) in SENTENCES.items():
        register_sentence(name, sentence, title=title, told=_told)


def arrange(request_id: int, *, at: datetime) -> None:
    """In the transaction that grants a raise until `at`: it will be warned of, and end."""
    now = timezone.now()
    warn_at = max(at - WARN_BEFORE, now + (at - now) / 2)
    for kind, moment in ((WARN, warn_at), (END, at)):
        outbox.add(kind, {"request": request_id}, not_before=moment)


@outbox.handler(WARN)
class Warner:
    """Rows of `quota.warn`: {request}."""

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        return {}

    def finish(self, payload: dict[str, Any], result: dict[str, Any]) -> None:
        request = _going_on(payload)
        if request is None or request.warned_at is not None:
            return
        QuotaRequest.objects.filter(pk=request.pk).update(warned_at=timezone.now())
        until = request.until.isoformat() if request.until else ""
        said = {"number": request.number, "date": until}
        _note(WARN, request.tenant, request.dimension, request.granted or 0, said)

    def failed(self, payload: dict[str, Any], reason: str) -> None:
        """The raise ends all the same."""


@outbox.handler(END)
class Ender:
    """Rows of `quota.end`: {request}."""

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        return {}

    def finish(self, payload: dict[str, Any], result: dict[str, Any]) -> None:
        request = _going_on(payload)
        if request is None:
            return
        tenant = request.tenant
        used = ledger.lock(tenant.pk).get(request.dimension, 0)
        raised = QuotaLimit.objects.get(tenant=tenant, dimension=request.dimension)
        raised.raises.remove(_raise(request))
        raised.save(update_fields=["raises"])
        QuotaRequest.objects.filter(pk=request.pk).update(ended_at=timezone.now())
        Tenant.objects.filter(pk=tenant.pk).update(version=F("version") + 1)
        preparing.prepare_everywhere(tenant.pk, cause=preparing.QUOTA)
        limit = ledger.limits_of(tenant.pk)[request.dimension]
        said = {"limit": human(request.dimension, limit), "used": human(request.dimension, used)}
        _note(END, tenant, request.dimension, request.granted or 0, {"number": request.number, **said})

    def failed(self, payload: dict[str, Any], reason: str) -> None:
        """The ledger has stopped counting it; the stop in the namespaces follows with their next change."""


def note_early(tenant: Tenant, dimension: str, one: Raise, *, limit: int, used: int) -> None:
    """Say that a raise is over before its day, with what may be used now and what is; last in its transaction."""
    said = {"date": one.until, "limit": human(dimension, limit), "used": human(dimension, used)}
    _note(CUT, tenant, dimension, one.amount, said)


def end_of(day: date) -> datetime:
    """The end of a day, in UTC."""
    return datetime.combine(day, time(), tzinfo=UTC) + timedelta(days=1)


def _going_on(payload: Mapping[str, Any]) -> QuotaRequest | None:
    """The raise, unless it is over already or another one covers it."""
    request = QuotaRequest.objects.select_related("tenant").filter(pk=payload["request"], ended_at=None).first()
    if request is None or request.until is None:
        return None
    limit = QuotaLimit.objects.filter(tenant=request.tenant, dimension=request.dimension).first()
    return request if limit is not None and _raise(request) in limit.raises else None


def _raise(request: QuotaRequest) -> dict[str, Any]:
    """A granted request as its row of `QuotaLimit.raises`."""
    return {"amount": request.granted, "until": request.until.isoformat() if request.until else ""}


def _told(values: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return {**values, "date": day(str(values["date"]))}
    except (KeyError, ValueError):
        return values


def _note(operation: str, tenant: Tenant, dimension: str, amount: int, more: Mapping[str, Any]) -> None:
    live.touch(f"tenant:{tenant.pk}")
    values = {"dimension": str(DIMENSIONS[dimension].label), "value": human(dimension, amount), **more}
    subject = Subject(TENANT, str(tenant.pk), tenant.name, tenant.pk, tenant.name)
    record(Change(operation=operation, input=values), actor=Actor.engine(), subject=subject)
