"""Finding releases of many apps: what is under way or waits, and what has ended, a page after another."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from releases.models import Release, StepRun
from releases.states import TERMINAL, ReleaseState, RunState

LONGEST = 100
MOST_OPEN = 200


@dataclass(frozen=True)
class Wanted:
    """Which releases are asked for; blank is any. `state` is a `ReleaseState`, `app` part of a name, `who` a user."""

    state: str = ""
    app: str = ""
    who: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Wanted:
        """What a query string asks for; a state there is not is none."""
        # PostgreSQL takes no NUL in a text.
        app, who = (given.get(name, "")[:LONGEST].replace("\x00", "").strip() for name in ("app", "who"))
        state = given.get("state", "")
        return cls(state=state if state in set(ReleaseState) else "", app=app, who=who)

    def among(self, rows: QuerySet[Release]) -> QuerySet[Release]:
        """Those of the rows that are asked for."""
        rows = rows.filter(state=self.state) if self.state else rows
        rows = rows.filter(app__name__icontains=self.app) if self.app else rows
        return rows.filter(actor_name=self.who) if self.who else rows


def under_way(rows: QuerySet[Release], wanted: Wanted) -> list[Release]:
    """What runs or waits, the newest first; at most `MOST_OPEN`."""
    if wanted.state in TERMINAL:
        return []
    found = wanted.among(rows.exclude(state__in=TERMINAL)).select_related("app__tenant", "revision")
    return list(found.order_by("-created_at", "-pk")[:MOST_OPEN])


def of_deleted(apps: Collection[str], releases: Collection[str], *, numbers: Collection[int]) -> list[Release]:
    """Releases of deleted apps with these numbers, by the ids of their apps or their own."""
    rows = Release.objects.filter(app__deleted_at__isnull=False, number__in=numbers).select_related("app")
    return list(rows.filter(Q(app__in=apps) | Q(pk__in=releases)))


def named_again(releases: Sequence[Release]) -> frozenset[uuid.UUID]:
    """Those of deleted apps at whose address another stands: a later app has the name, and a release of the number.

    One query where an app of theirs is deleted, else none.
    """
    gone = {one.pk: _address(one) for one in releases if one.app.deleted_at is not None}
    if not gone:
        return frozenset()
    tenants, names, numbers = zip(*gone.values(), strict=True)
    rows = Release.objects.filter(app__tenant__in=tenants, app__name__in=names, number__in=numbers)
    latest = rows.select_related("app").only("number", "app__tenant", "app__name", "app__deleted_at")
    at = {_address(one): one.pk for one in latest.order_by(F("app__deleted_at").asc(nulls_last=True))}
    return frozenset(pk for pk, address in gone.items() if at[address] != pk)


def _address(release: Release) -> tuple[uuid.UUID, str, int]:
    return release.app.tenant_id, release.app.name, release.number


def waits_for(releases: Sequence[Release]) -> dict[uuid.UUID, str]:
    """What releases under way wait for at their steps, in words, once for those with several clusters. One query."""
    runs = StepRun.objects.filter(release__in=[one.pk for one in releases], state=RunState.WATCHING).order_by("pk")
    found: dict[uuid.UUID, dict[str, None]] = {}
    for run in runs:
        if run.why:
            found.setdefault(run.release_id, {})[run.why] = None
    return {pk: " ".join(words) for pk, words in found.items()}


def ended(rows: QuerySet[Release], wanted: Wanted, *, after: str, size: int) -> tuple[list[Release], str]:
    """A page of what has ended, the last to end first, and the mark behind which the next one begins; "" on the last.

    `after` is such a mark; one that is none begins at the newest.
    """
    if wanted.state and wanted.state not in TERMINAL:
        return [], ""
    rows = wanted.among(rows.filter(ended_at__isnull=False)).select_related("app__tenant", "revision")
    place = _place(after)
    if place:
        at, pk = place
        rows = rows.filter(Q(ended_at__lt=at) | Q(ended_at=at, pk__lt=pk))
    found = list(rows.order_by("-ended_at", "-pk")[: size + 1])
    return found[:size], _mark(found[size - 1]) if len(found) > size else ""


def is_mark(text: str) -> bool:
    """Whether a page can begin behind this."""
    return _place(text) is not None


def _mark(release: Release) -> str:
    assert release.ended_at is not None
    return f"{release.ended_at.isoformat()}_{release.pk}"


def _place(mark: str) -> tuple[datetime, uuid.UUID] | None:
    at, _underscore, pk = mark[:LONGEST].partition("_")
    try:
        moment = datetime.fromisoformat(at)
        return (moment, uuid.UUID(pk)) if moment.tzinfo else None
    except ValueError:
        return None
