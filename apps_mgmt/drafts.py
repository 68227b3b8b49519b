"""Revisions and the draft: making one, moving back, and listing what is not deployed yet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps_mgmt.models import App, Deployed, Revision
from apps_mgmt.spec import AppSpec, diff, digest, dump, load

MAX_LISTED = 50
MAX_READ = 1000
RESTART = "process.restart"
BUILT = "release.built"
"""What made a revision that no edit did: it has the images that a release built from another one."""

Find = Callable[[App], Mapping[str, Revision]]
_found: list[Find] = []


@dataclass(frozen=True)
class Undeployed:
    """How the draft differs from what runs. `changes` are the revisions in between, the newest first.

    `diverged`: the draft does not stand on what is deployed, as after a rollback of the image alone: what was rolled
    back comes again, which is no change of the draft.
    `on`: cluster → number of the revision it runs. `missing`: clusters of the draft where nothing of a deployed app
    stands, as after a release to some of them only. `between`: the ids of all revisions between the draft and what
    runs, each with its operation: the draft's own back to where both part, and those of what runs since then.
    """

    changes: Sequence[Revision]
    deployed: Revision | None
    on: Mapping[str, int]
    diverged: bool = False
    more: bool = False
    missing: Sequence[str] = ()
    between: Sequence[tuple[Any, str]] = ()

    @property
    def drafted(self) -> int:
        """How many changes of the draft wait, at least one where it is not what runs."""
        return len(self.changes) or int(self.diverged)

    @property
    def count(self) -> int:
        """How many changes a deploy would bring. Where nothing else does, what runs coming to more clusters counts."""
        return self.drafted or int(bool(self.missing))


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


def add_beside(
    app: App, spec: AppSpec, *, base: Revision, operation: str, input: Mapping[str, Any], actor_name: str
) -> Revision:
    """Write the next revision on another one and leave the draft as it is. The app row is locked, and saved here."""
    app.created_revisions += 1
    app.save(update_fields=["created_revisions"])
    return Revision.objects.create(
        app=app,
        number=app.created_revisions,
        spec=dump(spec),
        digest=digest(spec),
        base=base,
        operation=operation,
        input=dict(input),
        actor_name=actor_name,
    )


def deployed_revision(app: App) -> Revision | None:
    """The revision that runs; where clusters differ, the newest of them. None before the first release."""
    running = _running(app)
    return running[-1].revision if running else None


def brings(revision: Revision | None, app: App) -> bool:
    """Whether a release of this revision brings the draft: the very one, or with the images that it built, or with the
    time of a restart.
    """
    while revision is not None and revision.pk != app.draft_id and revision.operation in (BUILT, RESTART):
        revision = revision.base
    return revision is not None and revision.pk == app.draft_id


def is_stopped(app: App) -> bool:
    """Whether it runs nowhere because it was stopped; of an app that is not deployed at all, False."""
    rows = list(Deployed.objects.filter(app=app).values_list("stopped", flat=True))
    return bool(rows) and all(rows)


def is_deployed(app: App) -> bool:
    """Whether the draft is the very revision that runs, or the one that was restarted to give it."""
    running = _running(app, through=(RESTART,))
    return bool(running) and app.draft_id in running[-1].same


def stands_by(find: Find) -> None:
    """Register who knows what stands on each cluster: what was deployed, or what a release that ended half way left."""
    _found[:] = [find]


def standing_on(app: App) -> Mapping[str, Revision]:
    """Cluster → the revision that stands there: what was deployed, or what a release left that ended half way."""
    return _found[0](app) if _found else _deployed(app)


def next_behind(app: App) -> dict[str, Revision]:
    """Of what stands on the clusters the newest, by cluster; where the draft is among that, the newest behind it."""
    standing, draft = standing_on(app), app.draft_id
    runs = _running(app, standing)
    at = next((one.number for one in runs if draft in one.same), None)
    behind = [one for one in runs if at is None or one.number < at]
    newest = {one.revision.pk for one in behind[-1:]}
    return {cluster: one for cluster, one in standing.items() if one.pk in newest}


def undeployed(app: App, *, standing: Mapping[str, Revision] | None = None) -> Undeployed:
    """What the next deploy would bring: the chain of revisions from the draft back to what stands on the clusters.

    `standing` is that, by cluster, where it was read already. Where clusters differ, what the one furthest behind lacks
    still waits. Where what runs is not in the draft's chain, as after a rollback of the image alone, the chain goes
    back to where both came from, without the revisions whose changes run in spite of that.
    """
    runs, draft = _running(app, standing_on(app) if standing is None else standing), app.draft
    on = {one.cluster: one.revision.number for one in sorted(runs, key=lambda one: one.cluster)}
    behind = [one for one in runs if draft and one.revision.digest != draft.digest and draft.pk not in one.same]
    running = next(iter(behind or runs), None)
    deployed = running.revision if running else None
    missing = _missing(draft, on)
    if draft is None or (runs and not behind):
        return Undeployed(changes=(), deployed=deployed, on=on, missing=missing)
    since = Revision.objects.filter(app=app, number__gte=running.number if running else 1).defer("spec")
    rows = {row.pk: row for row in since.order_by("-number")[:MAX_READ]}
    ends = set(running.same) if running else set()
    chain = _chain(draft.pk, {pk: row.base_id for pk, row in rows.items()}, ends=ends)
    diverged = running is not None and chain[-1] not in ends
    between = [(pk, rows[pk].operation) for pk in chain if pk not in ends and pk in rows]
    if running and diverged:
        found = Revision.objects.filter(app=app).values_list("pk", "base_id", "operation")
        bases, made = {pk: base for pk, base, _by in found}, {pk: by for pk, _base, by in found}
        ends = set(_chain(running.revision.pk, bases))
        chain = _chain(draft.pk, bases, ends=ends)
        theirs = _chain(running.revision.pk, bases, ends={*chain})
        between = [(pk, made[pk]) for pk in (*chain, *theirs) if (pk in ends) != (pk in chain)]
        rows = Revision.objects.select_related("base").in_bulk(chain[: MAX_LISTED + 1])
        runs_now = load(running.revision.spec)
        rows = {pk: row for pk, row in rows.items() if not _is_in(runs_now, row)}
    changes = [rows[pk] for pk in chain if pk not in ends and pk in rows]
    more = len(changes) > MAX_LISTED
    return Undeployed(
        changes[:MAX_LISTED], deployed, on, diverged=diverged, more=more, missing=missing, between=between
    )


def _missing(draft: Revision | None, on: Collection[str]) -> list[str]:
    """Before the first deploy nothing is missing: all of it waits."""
    if draft is None or not on:
        return []
    return [row.cluster for row in load(draft.spec).placement.targets if row.cluster not in on]


def _is_in(running: AppSpec, revision: Revision) -> bool:
    """Whether what a revision changed runs already, as the variables do after a rollback of the image alone."""
    spec = load(revision.spec)
    changed = diff(load(revision.base.spec) if revision.base else AppSpec(), spec)
    differs = [one.path for one in diff(running, spec)]
    return bool(changed) and not any(_same_place(one.path, other) for one in changed for other in differs)


def _same_place(one: str, other: str) -> bool:
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


def _chain(pk: Any, bases: Mapping[Any, Any], *, ends: Collection[Any] = ()) -> list[Any]:
    """A revision and what it was made from, back to the first, or to one of `ends`, which is the last then."""
    found, at = [pk], bases.get(pk)
    while at is not None and found[-1] not in ends:
        found.append(at)
        at = bases.get(at)
    return found


@dataclass(frozen=True)
class _Running:
    """A revision that a cluster (by name) runs; `same` are its id and, for a restart, those of what was restarted.

    A restart gets a revision of its own, often beside the draft's chain, and brings nothing that people changed: so
    `number` is that of the revision it restarted. The same goes for a release that built its images.
    """

    cluster: str
    revision: Revision
    same: frozenset[Any]
    number: int


def _deployed(app: App) -> dict[str, Revision]:
    rows = Deployed.objects.filter(app=app).select_related("revision").order_by("cluster_name")
    return {row.cluster_name: row.revision for row in rows}


def _running(
    app: App, standing: Mapping[str, Revision] | None = None, *, through: Collection[str] = (RESTART, BUILT)
) -> list[_Running]:
    """What the clusters run, the one that is furthest behind first; `standing`: what stands there instead."""
    revisions = list((_deployed(app) if standing is None else standing).items())
    restarts: dict[Any, tuple[Any, int]] = {}
    if any(one.operation in through for _cluster, one in revisions):
        restarted = Revision.objects.filter(app=app, operation__in=through, base__isnull=False)
        restarts = {pk: (base, number) for pk, base, number in restarted.values_list("pk", "base_id", "base__number")}
    found = []
    for cluster, revision in revisions:
        same, number, at = {revision.pk}, revision.number, revision.pk
        while at in restarts:
            at, number = restarts[at]
            same.add(at)
        found.append(_Running(cluster, revision, frozenset(same), number))
    return sorted(found, key=lambda one: (one.number, one.revision.number))
