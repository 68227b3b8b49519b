"""Freezes: spans of time in which no release of certain apps begins. A tenant's calendar, and the platform's over all.

Begin and end are told by the clocks of a time zone (`2026-12-20T18:00`, `Europe/Berlin`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from portal import outbox
from portal.errors import Refused
from portal.zones import is_zone
from tenants.models import PlatformRecord, Tenant

CHANGED = "freezes.changed"
MOST = 100
LONGEST = timedelta(days=366)
PLATFORM, TENANT = "platform", "tenant"

_names: list[Callable[..., list[str]]] = []


@dataclass(frozen=True)
class Freeze:
    """`only` are the apps it is for, of the platform's the tenants; `()` is all. `by` made it so at `at` (ISO 8601)."""

    name: str
    begins: str
    ends: str
    time_zone: str
    reason: str
    only: tuple[str, ...] = ()
    by: str = ""
    at: str = ""

    @property
    def start(self) -> datetime:
        """The moment, in UTC."""
        return _moment(self.begins, self.time_zone)

    @property
    def end(self) -> datetime:
        return _moment(self.ends, self.time_zone)

    @property
    def words(self) -> str:
        """From when to when, and for what: one line of a change."""
        begins, ends = (clock(moment, self.time_zone) for moment in (self.start, self.end))
        span = f"{begins} – {ends} {self.time_zone}"  # noqa: RUF001 an en dash is how a span is written
        return f"{span}: {self.reason}" + (f" ({', '.join(self.only)})" if self.only else "")

    def is_over(self, now: datetime) -> bool:
        return self.end <= now


def names(find: Callable[..., list[str]]) -> None:
    """Register who says of a calendar before and after a change, and the id of the tenant whose it is (`tenant_id`;
    None: the platform's), what that means for releases that are under way or wait for their turn, in sentences.
    """
    _names[:] = [find]


def met(before: Iterable[Freeze], after: Iterable[Freeze], *, tenant_id: UUID | None = None) -> list[str]:
    """What is said of the releases that are under way or wait where freezes are new, others than before, or lifted."""
    was, now = tuple(before), tuple(after)
    return [sentence for find in _names for sentence in find(was, now, tenant_id=tenant_id)] if was != now else []


def load(rows: Iterable[Mapping[str, Any]]) -> tuple[Freeze, ...]:
    """What a row's column holds."""
    return tuple(Freeze(**{**row, "only": tuple(row["only"])}) for row in rows)


def dump(freezes: Iterable[Freeze]) -> list[dict[str, Any]]:
    return [{**asdict(one), "only": list(one.only)} for one in freezes]


def with_one(freezes: Sequence[Freeze], new: Freeze, *, now: datetime) -> tuple[Freeze, ...]:
    """The calendar with a freeze, new or in place of the one of its name. Refused for a span that makes no sense."""
    if not is_zone(new.time_zone):
        sentence = _("{name} is not a time zone. Write it like Europe/Berlin or UTC.")
        raise Refused(sentence.format(name=new.time_zone), field="time_zone")
    _check_there_is(new.begins, new.time_zone, field="begins")
    _check_there_is(new.ends, new.time_zone, field="ends")
    if new.end <= new.start:
        raise Refused(_("It ends before it begins. Turn the two around."), field="ends")
    if new.is_over(now):
        raise Refused(_("It is over already. Choose an end that is still to come."), field="ends")
    if new.end - new.start > LONGEST:
        raise Refused(_("A freeze lasts a year at most. Lock apps that are not to be released at all."), field="ends")
    others = tuple(one for one in freezes if one.name != new.name)
    if len(others) >= MOST:
        raise Refused(_("There can be {most} freezes at most. Lift those that are over.").format(most=MOST))
    return tuple(sorted((*others, new), key=lambda one: (one.start, one.name)))


def without(freezes: Sequence[Freeze], name: str) -> tuple[Freeze, ...]:
    """The calendar without a freeze. Refused where there is none of that name."""
    others = tuple(one for one in freezes if one.name != name)
    if len(others) == len(freezes):
        raise Refused(_("There is no freeze {name}. See the list of them.").format(name=name[:60]), field="name")
    return others


def rows_of_change(before: Iterable[Freeze], after: Iterable[Freeze]) -> list[dict[str, Any]]:
    """The rows {label, before, after, kind} of a preview or an audit entry."""
    old, new = ({one.name: one.words for one in some} for some in (before, after))
    rows = []
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name, ""), new.get(name, "")
        if was != now:
            kind = "changed" if was and now else "added" if now else "removed"
            rows.append({"label": _("Freeze {name}").format(name=name), "before": was, "after": now, "kind": kind})
    return rows


def of_platform() -> tuple[Freeze, ...]:
    """The platform's calendar."""
    raw = PlatformRecord.objects.filter(pk=PlatformRecord.ONLY).values_list("freezes", flat=True).first()
    return load(raw or ())


def keep_of_platform(freezes: Iterable[Freeze], *, by: str) -> None:
    """Write the platform's calendar down, within the caller's transaction."""
    PlatformRecord.objects.update_or_create(pk=PlatformRecord.ONLY, defaults={"freezes": dump(freezes)})
    outbox.add(CHANGED, {"tenant": "", "by": by})


def keep_of_tenant(tenant: Tenant, freezes: Iterable[Freeze], *, by: str) -> None:
    """Put a tenant's calendar into its row, which the caller saves."""
    tenant.freezes = dump(freezes)
    outbox.add(CHANGED, {"tenant": str(tenant.pk), "by": by})


def concerning(tenant: Tenant, app: str, *, now: datetime) -> list[tuple[str, Freeze]]:
    """What is or will be frozen for an app, with whose calendar it is in, the first to begin first."""
    return among(of_platform(), load(tenant.freezes), tenant=tenant.name, app=app, now=now)


def among(
    platform: Iterable[Freeze], own: Iterable[Freeze], *, tenant: str, app: str, now: datetime
) -> list[tuple[str, Freeze]]:
    """The same of these calendars, that of the platform and the tenant's own."""
    found = [(PLATFORM, one) for one in platform if not one.only or tenant in one.only]
    found += [(TENANT, one) for one in own if not one.only or app in one.only]
    ahead = [(whose, one) for whose, one in found if not one.is_over(now)]
    return sorted(ahead, key=lambda row: (row[1].start, row[0], row[1].name))


def row(whose: str, freeze: Freeze) -> dict[str, str]:
    """A freeze as a release keeps it: whose calendar, its name, when and why."""
    return {
        "whose": whose,
        "name": freeze.name,
        "begins": freeze.start.isoformat(),
        "ends": freeze.end.isoformat(),
        "until": f"{clock(freeze.end, freeze.time_zone)} {freeze.time_zone}",
        "reason": freeze.reason,
    }


def span(row: Mapping[str, str]) -> str:
    """From when to when a row is, by the clocks of the freeze, which its `until` names last, however old it is."""
    zone = row["until"].rpartition(" ")[2]
    begins, ends = (clock(datetime.fromisoformat(row[name]), zone) for name in ("begins", "ends"))
    return _("from {begins} until {until}").format(begins=begins, until=f"{ends} {zone}")


def clock(moment: datetime, zone: str) -> str:
    """What the clocks of a zone show at a moment; in an hour that comes twice also how far they are from UTC then."""
    local = moment.astimezone(ZoneInfo(zone))
    shown = f"{local:%Y-%m-%d %H:%M}"
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{shown} (UTC{local.isoformat()[-6:]})" if twice else shown


def _moment(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _check_there_is(text: str, zone: str, *, field: str) -> None:
    """Refused for a time that the clocks skip when they go forward."""
    asked = datetime.fromisoformat(text)
    shown = _moment(text, zone).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if shown != asked:
        sentence = _("The clocks of {zone} go forward then and skip {time}. Choose {next}, or a time before they do.")
        words = {"zone": zone, "time": f"{asked:%H:%M}", "next": f"{shown:%H:%M}"}
        raise Refused(sentence.format(**words), field=field)
