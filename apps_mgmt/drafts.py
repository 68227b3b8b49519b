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
    `on`: cluster → number of the revision it runs.
    """

    changes: Sequence[Revision]
    deployed: Revision | None
    on: Mapping[str, int]
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
    runs, draft = _running(app), app.draft
    running = next(iter(runs), None)
    on = {one.cluster: one.revision.number for one in sorted(runs, key=lambda one: one.cluster)}
    deployed = running.revision if running else None
    if draft is None or (deployed is not None and deployed.digest == draft.digest):
        return Undeployed(changes=(), deployed=deployed, on=on)
    rows = Revision.objects.filter(app=app, number__gt=0, number__lte=draft.number).order_by("-number")
    by_id = {row.pk: row for row in rows.filter(number__gte=running.number if running else 1)[:1000]}
    chain: list[Revision] = []
    at: Revision | None = by_id.get(draft.pk)
    while at is not None and not (running and at.pk in running.same):
        chain.append(at)
        at = by_id.get(at.base_id) if at.base_id else None
    met = at is not None if running is not None else True
    listed = chain if met else []
    more = len(listed) > MAX_LISTED
    return Undeployed(changes=listed[:MAX_LISTED], deployed=deployed, on=on, diverged=not met, more=more)


@dataclass(frozen=True)
class _Running:
    """A revision that a cluster (by name) runs; `same` are its id and, for a restart, those of what was restarted.

    A restart gets a revision of its own, often beside the draft's chain, and brings nothing that people changed: so
    `number` is that of the revision it restarted.
    """

    cluster: str
    revision: Revision
    same: frozenset[Any]
    number: int


def _running(app: App) -> list[_Running]:
    """What the clusters run, the one that is furthest behind first."""
    rows = Deployed.objects.filter(app=app).select_related("revision").order_by("cluster_name")
    revisions = [(row.cluster_name, row.revision) for row in rows]
    restarts: dict[Any, tuple[Any, int]] = {}
    if any(one.operation == RESTART for _cluster, one in revisions):
        restarted = Revision.objects.filter(app=app, operation=RESTART, base__isnull=False)
        restarts = {pk: (base, number) for pk, base, number in restarted.values_list("pk", "base_id", "base__number")}
    found = []
    for cluster, revision in revisions:
        same, number, at = {revision.pk}, revision.number, revision.pk
        while at in restarts:
            at, number = restarts[at]
            same.add(at)
        found.append(_Running(cluster, revision, frozenset(same), number))
    return sorted(found, key=lambda one: (one.number, one.revision.number))
