"""Revisions and the draft: making one, moving back, and listing what is not deployed yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps_mgmt.models import App, Deployed, Revision
from apps_mgmt.spec import AppSpec, digest, dump, load

MAX_LISTED = 50
RESTART = "process.restart"


@dataclass(frozen=True)
class Undeployed:
    """How the draft differs from what runs. `changes` are the revisions in between, the newest first.

    `diverged`: the draft no longer stands on what is deployed, as after a rollback; then the whole difference counts.
    """

    changes: Sequence[Revision]
    deployed: Revision | None
    diverged: bool = False
    more: bool = False

    @property
    def count(self) -> int:
        return len(self.changes) or int(self.diverged)


def spec_of(app: App) -> AppSpec:
    """The spec of the draft."""
    return load(app.draft.spec) if app.draft is not None else AppSpec()


def revision_of(app: App, number: int) -> Revision:
    """The app's revision of that number, which most often is the draft at hand."""
    if app.draft is not None and app.draft.number == number:
        return app.draft
    return Revision.objects.get(app=app, number=number)


def add_revision(
    app: App, spec: AppSpec, *, operation: str, input: Mapping[str, Any], actor_name: str, note: str = ""
) -> Revision:
    """Write the next revision on the draft and make it the draft. The app row is locked and saved by the caller."""
    app.created_revisions += 1
    revision = Revision.objects.create(
        app=app,
        number=app.created_revisions,
        spec=dump(spec),
        digest=digest(spec),
        base=app.draft,
        operation=operation,
        input=dict(input),
        actor_name=actor_name,
        note=note,
    )
    app.draft = revision
    return revision


def deployed_revision(app: App) -> Revision | None:
    """The revision that runs; where clusters differ, the newest of them. None before the first release."""
    running = _running(app)
    return running[-1].revision if running else None


def is_deployed(app: App) -> bool:
    """Whether the draft is the very revision that runs, or the one that was restarted to give it."""
    running = _running(app)
    return bool(running) and app.draft_id in running[-1].same


def undeployed(app: App) -> Undeployed:
    """What the next deploy would bring: the chain of revisions from the draft back to what runs.

    Where clusters differ, what the one furthest behind lacks still waits.
    """
    running, draft = next(iter(_running(app)), None), app.draft
    deployed = running.revision if running else None
    if draft is None or (deployed is not None and deployed.digest == draft.digest):
        return Undeployed(changes=(), deployed=deployed)
    rows = Revision.objects.filter(app=app, number__gt=0, number__lte=draft.number).order_by("-number")
    by_id = {row.pk: row for row in rows.filter(number__gte=running.number if running else 1)[:1000]}
    chain: list[Revision] = []
    at: Revision | None = by_id.get(draft.pk)
    while at is not None and not (running and at.pk in running.same):
        chain.append(at)
        at = by_id.get(at.base_id) if at.base_id else None
    met = at is not None if running is not None else True
    listed = chain if met else []
    return Undeployed(changes=listed[:MAX_LISTED], deployed=deployed, diverged=not met, more=len(listed) > MAX_LISTED)


@dataclass(frozen=True)
class _Running:
    """A revision that a cluster runs; `same` are its id and, for a restart, those of what was restarted.

    A restart gets a revision of its own, often beside the draft's chain, and brings nothing that people changed: so
    `number` is that of the revision it restarted.
    """

    revision: Revision
    same: frozenset[Any]
    number: int


def _running(app: App) -> list[_Running]:
    """What the clusters run, the one that is furthest behind first."""
    revisions = [row.revision for row in Deployed.objects.filter(app=app).select_related("revision")]
    restarts: dict[Any, tuple[Any, int]] = {}
    if any(one.operation == RESTART for one in revisions):
        rows = Revision.objects.filter(app=app, operation=RESTART, base__isnull=False)
        restarts = {pk: (base, number) for pk, base, number in rows.values_list("pk", "base_id", "base__number")}
    found = []
    for revision in revisions:
        same, number, at = {revision.pk}, revision.number, revision.pk
        while at in restarts:
            at, number = restarts[at]
            same.add(at)
        found.append(_Running(revision, frozenset(same), number))
    return sorted(found, key=lambda one: (one.number, one.revision.number))
