"""The quota ledger: reservations per app and source, and the totals per tenant that racing requests queue for.

Whoever changes a reservation holds the tenant's usage rows from then to the end of the transaction, and takes them
before any other lock. So two requests for the last unit cannot both see it free.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from portal.access.roles import TENANT_ADMIN
from portal.errors import QuotaExceeded
from tenants.models import Membership, QuotaLimit, Reservation, UsageRow
from tenants.quota.arithmetic import QuotaLine, Usage, change, check_usage, counted, line
from tenants.quota.dimensions import DIMENSIONS, LOCK_ORDER

NAMED_ADMINS = 3


def lock(tenant_id: uuid.UUID) -> dict[str, int]:
    """Take the tenant's usage rows until the transaction ends; what is in use per dimension. Needs a transaction."""
    rows = _locked(tenant_id)
    if len(rows) < len(LOCK_ORDER):
        UsageRow.objects.bulk_create(
            [UsageRow(tenant_id=tenant_id, dimension=name) for name in LOCK_ORDER], ignore_conflicts=True
        )
        rows = _locked(tenant_id)
    return rows


def reserve(
    tenant_id: uuid.UUID, app_id: uuid.UUID, *, source: str, usage: Usage, enforce: bool = True
) -> list[QuotaLine]:
    """Set what one source of an app asks for; dimensions not named are zero. The changed lines come back.

    Raises QuotaExceeded, with nothing written, when a dimension that grows passes its limit. With `enforce` off (a
    rollback to what ran before) it is let through and the lines that do not fit say so.
    """
    check_usage(usage)
    used = lock(tenant_id)
    lines = _lines(tenant_id, app_id, changed={source: usage}, used=used)
    if enforce and not all(line.fits for line in lines):
        raise QuotaExceeded(_sentence(tenant_id, lines))
    _write(tenant_id, app_id, source=source, usage=usage)
    for changed in lines:
        UsageRow.objects.filter(tenant_id=tenant_id, dimension=changed.dimension).update(amount=changed.after)
    return lines


def release(tenant_id: uuid.UUID, app_id: uuid.UUID, *, source: str) -> list[QuotaLine]:
    """Give back all that one source of an app asked for. Never refused."""
    return reserve(tenant_id, app_id, source=source, usage={})


def preview(
    tenant_id: uuid.UUID, app_id: uuid.UUID, *, source: str, usage: Usage, beside: Mapping[str, Usage] | None = None
) -> list[QuotaLine]:
    """The lines `reserve` would change, without lock or write: what a form shows before it is sent.

    `beside` is what other sources would have been set to before.
    """
    changed = {**(beside or {}), source: usage}
    for one in changed.values():
        check_usage(one)
    return _lines(tenant_id, app_id, changed=changed, used=_totals(tenant_id))


def usage_of(tenant_id: uuid.UUID) -> list[QuotaLine]:
    """Every dimension of a tenant as it is now, in the order of the catalogue."""
    used, limits = _totals(tenant_id), limits_of(tenant_id)
    return [line(name, used=used.get(name, 0), grown=0, limit=limits[name]) for name in DIMENSIONS]


def limits_of(tenant_id: uuid.UUID) -> dict[str, int]:
    """The limit of every dimension, in the dimension's unit; defaults where the tenant has none of its own."""
    own = dict(QuotaLimit.objects.filter(tenant_id=tenant_id).values_list("dimension", "amount"))
    return {name: own.get(name, dimension.default) for name, dimension in DIMENSIONS.items()}


def _locked(tenant_id: uuid.UUID) -> dict[str, int]:
    rows = UsageRow.objects.select_for_update().filter(tenant_id=tenant_id).order_by("dimension")
    return {row.dimension: row.amount for row in rows}


def _totals(tenant_id: uuid.UUID) -> dict[str, int]:
    return dict(UsageRow.objects.filter(tenant_id=tenant_id).values_list("dimension", "amount"))


def _lines(
    tenant_id: uuid.UUID, app_id: uuid.UUID, *, changed: Mapping[str, Usage], used: dict[str, int]
) -> list[QuotaLine]:
    sources: dict[str, dict[str, int]] = {}
    held = Reservation.objects.filter(tenant_id=tenant_id, app_id=app_id)
    for name, dimension, amount in held.values_list("source", "dimension", "amount"):
        sources.setdefault(name, {})[dimension] = amount
    before = counted(sources.values())
    after = counted({**sources, **changed}.values())
    grown = change(before, after)
    limits = limits_of(tenant_id)
    return [
        line(name, used=used.get(name, 0), grown=grown[name], limit=limits[name])
        for name in DIMENSIONS
        if name in grown
    ]


def _write(tenant_id: uuid.UUID, app_id: uuid.UUID, *, source: str, usage: Usage) -> None:
    asked = {name: amount for name, amount in usage.items() if amount}
    Reservation.objects.filter(app_id=app_id, source=source).exclude(dimension__in=asked).delete()
    Reservation.objects.bulk_create(
        [
            Reservation(tenant_id=tenant_id, app_id=app_id, source=source, dimension=name, amount=amount)
            for name, amount in sorted(asked.items())
        ],
        update_conflicts=True,
        unique_fields=["app_id", "source", "dimension"],
        update_fields=["amount"],
    )


def _sentence(tenant_id: uuid.UUID, lines: Iterable[QuotaLine]) -> str:
    missing = "; ".join(
        _("{label}: {short} short ({used} of {limit} in use, {after} after this)").format(
            label=one.label, short=one.short_text, used=one.used_text, limit=one.limit_text, after=one.after_text
        )
        for one in lines
        if not one.fits
    )
    admins = Membership.objects.filter(tenant_id=tenant_id, role=TENANT_ADMIN, user__is_active=True)
    names = list(admins.order_by("user__username").values_list("user__username", flat=True)[:NAMED_ADMINS])
    return _(
        "This does not fit into the quota. {missing}. Ask for less or free some; a platform operator can raise the "
        "limit, {admins} can ask for it."
    ).format(missing=missing, admins=", ".join(names) or _("a tenant admin"))
