"""The quota ledger: reservations per app and source, and the totals per tenant that racing requests queue for.

Whoever changes a reservation holds the tenant's usage rows from then to the end of the transaction, and takes them
before any other lock. So two requests for the last unit cannot both see it free.

What is in use above a limit, after the end of a raise or by what is let through, goes on. The stops in the namespaces
leave room for it, and follow it: each change of a reservation above a limit asks for that, no other one does.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db.models import Case, Max, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.access.permissions import TENANT_QUOTA
from portal.access.roles import roles_with
from portal.errors import QuotaExceeded
from tenants.clusters import preparing
from tenants.models import CustomRole, Membership, QuotaLimit, Reservation, UsageRow
from tenants.quota.arithmetic import QuotaLine, Usage, change, check_usage, counted, line, room
from tenants.quota.dimensions import DIMENSIONS, LOCK_ORDER
from tenants.quota.values import Limit, Raise

NAMED = 3


@dataclass(frozen=True)
class Standing:
    """What counts at one moment: what a tenant uses, its limits, and what each source of one of its apps asks for.

    `falls`: when the limits that are higher for a while fall, and to what.
    """

    used: Mapping[str, int]
    limits: Mapping[str, int]
    sources: Mapping[str, Usage]
    falls: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)

    def now(self) -> list[QuotaLine]:
        """Every dimension as it is, in the order of the catalogue."""
        return [self._line(name, grown=0) for name in DIMENSIONS]

    def after(self, *, source: str, usage: Usage, beside: Mapping[str, Usage] | None = None) -> list[QuotaLine]:
        """The lines that `reserve` would change. `beside` is what other sources would have been set to before."""
        changed = {**(beside or {}), source: usage}
        for one in changed.values():
            check_usage(one)
        grown = change(counted(self.sources.values()), counted({**self.sources, **changed}.values()))
        return [self._line(name, grown=grown[name]) for name in DIMENSIONS if name in grown]

    def _line(self, name: str, *, grown: int) -> QuotaLine:
        return line(
            name, used=self.used.get(name, 0), grown=grown, limit=self.limits[name], falls=self.falls.get(name, ())
        )


def standing(tenant_id: uuid.UUID, app_id: uuid.UUID) -> Standing:
    """Where a tenant and one of its apps stand now, without lock: what a form shows before it is sent."""
    return _standing(tenant_id, app_id, used=totals(tenant_id))


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
    found = _standing(tenant_id, app_id, used=lock(tenant_id))
    lines = found.after(source=source, usage=usage)
    if enforce and not all(line.fits for line in lines):
        raise QuotaExceeded(refusal(tenant_id, lines))
    _write(tenant_id, app_id, source=source, usage=usage, held=found.sources.get(source, {}))
    if lines:
        amounts = Case(*(When(dimension=one.dimension, then=Value(one.after)) for one in lines))
        rows = UsageRow.objects.filter(tenant_id=tenant_id, dimension__in=[one.dimension for one in lines])
        rows.update(amount=amounts)
    if any(one.moves_room for one in lines):
        preparing.prepare_everywhere(tenant_id, cause=preparing.QUOTA)
    return lines


def release(tenant_id: uuid.UUID, app_id: uuid.UUID, *, source: str) -> list[QuotaLine]:
    """Give back all that one source of an app asked for. Never refused."""
    return reserve(tenant_id, app_id, source=source, usage={})


def refusal(tenant_id: uuid.UUID, lines: Iterable[QuotaLine]) -> str:
    """Why a change does not fit: what is short, by how much, who can raise it."""
    missing = "; ".join(
        _("{label}: {short} short ({used} of {limit} in use, {after} after this)").format(
            label=one.label, short=one.short_text, used=one.used_text, limit=one.limit_text, after=one.after_text
        )
        for one in lines
        if not one.fits
    )
    names = _who_can_ask(tenant_id)
    return _(
        "This does not fit into the quota. {missing}. Ask for less or free some; a platform operator can raise the "
        "limit, {admins} can ask for it."
    ).format(missing=missing, admins=", ".join(names) or _("a tenant admin"))


def _who_can_ask(tenant_id: uuid.UUID) -> list[str]:
    """User names of those with the right to ask for quota, by a role built in or the tenant's own; at most a few."""
    own = CustomRole.objects.filter(tenant_id=tenant_id, rights__contains=[TENANT_QUOTA]).values("name")
    asking = Q(role__in=roles_with(TENANT_QUOTA)) | Q(role__in=own)
    members = Membership.objects.filter(asking, tenant_id=tenant_id, user__is_active=True)
    return list(members.order_by("user__username").values_list("user__username", flat=True)[:NAMED])


def usage_of(tenant_id: uuid.UUID) -> list[QuotaLine]:
    """Every dimension of a tenant as it is now, in the order of the catalogue."""
    return _measured(tenant_id, used=totals(tenant_id), sources={}).now()


def lines_of(tenant_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[str, QuotaLine]]:
    """Every dimension of several tenants as it is now, in two questions."""
    ids, now = list(tenant_ids), timezone.now()
    limits = {
        (row.tenant_id, row.dimension): limit_of(row, now) for row in QuotaLimit.objects.filter(tenant_id__in=ids)
    }
    rows = UsageRow.objects.filter(tenant_id__in=ids).values_list("tenant_id", "dimension", "amount")
    used = {(tenant_id, dimension): amount for tenant_id, dimension, amount in rows}

    def measured(one: uuid.UUID, name: str) -> QuotaLine:
        limit = limits.get((one, name), Limit(DIMENSIONS[name].default))
        return line(name, used=used.get((one, name), 0), grown=0, limit=limit.now, falls=limit.falls)

    return {one: {name: measured(one, name) for name in DIMENSIONS} for one in ids}


def limits_of(tenant_id: uuid.UUID) -> dict[str, int]:
    """The limit of every dimension now, in the dimension's unit; defaults where the tenant has none of its own."""
    return {name: limit.now for name, limit in limits_now(tenant_id).items()}


def room_of(tenant_id: uuid.UUID) -> dict[str, int]:
    """What the stops in the tenant's namespaces leave room for: its limits, or what is in use where that is more."""
    return room(limits_of(tenant_id), totals(tenant_id))


def limits_now(tenant_id: uuid.UUID) -> dict[str, Limit]:
    """The same, with the raises among them that count now."""
    now = timezone.now()
    own = {row.dimension: limit_of(row, now) for row in QuotaLimit.objects.filter(tenant_id=tenant_id)}
    return {name: own.get(name, Limit(dimension.default)) for name, dimension in DIMENSIONS.items()}


def limit_of(found: QuotaLimit, now: datetime) -> Limit:
    """A row as a value, without the raises whose day is over."""
    today = now.astimezone(UTC).date().isoformat()
    return Limit(found.amount).change(found.amount, (Raise(**one) for one in found.raises if today <= one["until"]))


def apps_of(tenant_id: uuid.UUID) -> dict[uuid.UUID, dict[str, int]]:
    """What each app of a tenant counts, by its id: the parts that the totals are made of."""
    rows = Reservation.objects.filter(tenant_id=tenant_id).values_list("app_id", "dimension").annotate(Max("amount"))
    found: dict[uuid.UUID, dict[str, int]] = {}
    for app_id, dimension, amount in rows:
        found.setdefault(app_id, {})[dimension] = amount
    return found


def _locked(tenant_id: uuid.UUID) -> dict[str, int]:
    rows = UsageRow.objects.select_for_update().filter(tenant_id=tenant_id).order_by("dimension")
    return {row.dimension: row.amount for row in rows}


def totals(tenant_id: uuid.UUID) -> dict[str, int]:
    """What is in use per dimension, without lock."""
    return dict(UsageRow.objects.filter(tenant_id=tenant_id).values_list("dimension", "amount"))


def _standing(tenant_id: uuid.UUID, app_id: uuid.UUID, *, used: Mapping[str, int]) -> Standing:
    sources: dict[str, dict[str, int]] = {}
    held = Reservation.objects.filter(tenant_id=tenant_id, app_id=app_id)
    for name, dimension, amount in held.values_list("source", "dimension", "amount"):
        sources.setdefault(name, {})[dimension] = amount
    return _measured(tenant_id, used=used, sources=sources)


def _measured(tenant_id: uuid.UUID, *, used: Mapping[str, int], sources: Mapping[str, Usage]) -> Standing:
    found = limits_now(tenant_id)
    return Standing(
        used=used,
        limits={name: one.now for name, one in found.items()},
        sources=sources,
        falls={name: one.falls for name, one in found.items()},
    )


def _write(tenant_id: uuid.UUID, app_id: uuid.UUID, *, source: str, usage: Usage, held: Usage) -> None:
    asked = {name: amount for name, amount in usage.items() if amount}
    if gone := held.keys() - asked.keys():
        Reservation.objects.filter(app_id=app_id, source=source, dimension__in=gone).delete()
    Reservation.objects.bulk_create(
        [
            Reservation(tenant_id=tenant_id, app_id=app_id, source=source, dimension=name, amount=amount)
            for name, amount in sorted(asked.items())
        ],
        update_conflicts=True,
        unique_fields=["app_id", "source", "dimension"],
        update_fields=["amount"],
    )
