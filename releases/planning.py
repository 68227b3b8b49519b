"""How a release would go: what each cluster gets, in which order, by which steps. Nothing is written here.

What is frozen and what a preview shows are both made by these functions, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps_mgmt.models import App
from apps_mgmt.rendering import key_of
from apps_mgmt.spec import AppSpec, SpecError, Strategy
from apps_mgmt.spec.network import hosts_of
from apps_mgmt.spec.releasing import ReleaseHooks, ReleasePolicy
from apps_mgmt.spec.second_sets import without_second_set
from apps_mgmt.values import Left, load_left
from portal.errors import Refused
from releases import newness, second_track, standing, strategies
from releases.drift import leaving
from releases.drift.looking import scaled_by_others
from releases.lanes import Lane, lanes_of, order
from releases.models import Observation, Target
from releases.snapshot import Step, Wave
from releases.states import AS_PLANNED, BRINGS_NONE, Across, ReleaseKind
from releases.strategies import stopped
from releases.strategies.across import giving, waves_of
from releases.strategies.plan import READY_TIMEOUT, Ask
from tenants import freezes
from tenants.models import Cluster, TenantCluster

_ACROSS = {
    "one-after-another": Across.ONE_AFTER_ANOTHER,
    "together": Across.ALL_TOGETHER,
    "first-then-rest": Across.FIRST_THEN_REST,
}

Way = Strategy | ReleasePolicy
"""How a release goes where neither its kind nor its spec says so: by a strategy, or in all as a deploy of the app."""


@dataclass(frozen=True, kw_only=True)
class Course:
    """The way of a release. `places` is the wave of each lane, in their order; `waves` what is said of each."""

    strategy: Strategy
    across: Across
    places: Sequence[int]
    waves: Sequence[Wave]
    steps: Sequence[Step]


def course_of(
    spec: AppSpec,
    kind: ReleaseKind,
    lanes: Sequence[Lane],
    *,
    is_stopped: bool = False,
    chosen: Way | None = None,
    acts_on: Mapping[str, Any] | None = None,
    freezes: Sequence[Mapping[str, str]] = (),
    built: Mapping[str, str] | None = None,
    stood: standing.Numbers | None = None,
) -> Course:
    """The way of a release of a spec over these lanes; `chosen` as the spec has it by then (`going_by`). Pure.

    `built`: process → image of what an earlier release built, and this one brings as it is. Only what is deployed is
    built: whatever goes back, or came back before, brings the images that it names. `stood` are the instances that
    clusters have, or come to have: those that give some up to others come after these, but where people named waves.
    """
    goes_back = kind is not ReleaseKind.DEPLOY or chosen is not None
    planned, kept = as_planned(kind, chosen), kept_of(spec, kind, chosen, is_stopped=is_stopped)
    strategy = strategy_of(spec, kind, is_stopped=is_stopped, chosen=chosen)
    if kept:
        # Nothing trades; its steps are copied, as they need not be those of a whole plan any more.
        strategy = strategy.model_copy(update={"steps": kept.strategy.steps})
    together = kind in (ReleaseKind.DELETE, ReleaseKind.STOP)
    across = Across.ALL_TOGETHER if together else _ACROSS[spec.release.waves.across]
    names = [lane.cluster_name for lane in lanes]
    last: list[list[str]] = []
    if kind is ReleaseKind.MOVE:
        across, named = Across.ONE_AFTER_ANOTHER, _filled_before_emptied(lanes)
    elif together:
        named = []
    else:
        named = [wave.clusters for wave in spec.release.waves.order]
        last = [*([] if named or is_stopped else _giving(lanes, stood or {})), _left(lanes)]
    places = waves_of(names, across, order=named, last=last)
    waves = [] if kind is ReleaseKind.DELETE else _waves(spec, names, places, pauses=planned)
    hooks = kept.hooks if kept else spec.release.hooks if planned else ReleaseHooks()
    ask = Ask(
        strategy=kept.strategy if kept else strategy,
        patience=float(max((one.update.progress_deadline for one in spec.processes), default=READY_TIMEOUT)),
        most=max((int(row["replicas"]) for lane in lanes for row in lane.workloads), default=0),
        acts_on=acts_on or {},
        freezes=freezes,
        before=hooks.before,
        after=hooks.after,
        built={one.name: one.image for one in spec.processes} if goes_back else built or {},
        batch=strategy.batch if spec.release.auto_rollback.pace == "in-batches" else "",
        stopped=kept is not None,
        refills=any(last) and not is_stopped,
    )
    steps = strategies.plan(kind, ask, waves=waves)
    return Course(strategy=strategy, across=across, places=places, waves=waves, steps=steps)


def _filled_before_emptied(lanes: Sequence[Lane]) -> list[Sequence[str]]:
    """The waves of a move, whose first lane is the one to be filled: that, those that stay, those that are left."""
    first, *others = lanes
    stay = [lane.cluster_name for lane in others if lane.manifests]
    return [wave for wave in ([first.cluster_name], stay, _left(others)) if wave]


def _giving(lanes: Iterable[Lane], stood: standing.Numbers) -> Sequence[list[str]]:
    """The clusters whose share falls while that of another one rises, in the groups of their turns."""
    return giving(stood, {lane.cluster_name: standing.numbers_of(lane.workloads) for lane in lanes if lane.manifests})


def _left(lanes: Iterable[Lane]) -> list[str]:
    """The clusters that lose the app. They are emptied once those that get it have what they shall have."""
    return [lane.cluster_name for lane in lanes if not lane.manifests]


def as_planned(kind: ReleaseKind, chosen: Way | None) -> bool:
    """Whether all holds for a release that people planned for what is new."""
    return kind in AS_PLANNED or isinstance(chosen, ReleasePolicy)


def kept_of(spec: AppSpec, kind: ReleaseKind, chosen: Way | None, *, is_stopped: bool) -> stopped.Kept | None:
    """What holds of the plan of a spec, as `going_by` has it, where that is new and the app is stopped; else None."""
    if not is_stopped or kind is ReleaseKind.MOVE or not as_planned(kind, chosen):
        return None
    return stopped.kept(spec.release, hosts=hosts_of(spec.routes))


def going_by(spec: AppSpec, chosen: Way | None) -> AppSpec:
    """The spec with the way that a release of it goes. Raises Refused where the two do not fit together."""
    if chosen is None:
        return spec
    why: object
    try:
        going = spec.change(release=chosen) if isinstance(chosen, ReleasePolicy) else spec.with_release(strategy=chosen)
        why = without_second_set(spec, going.release.strategy.kind)
    except SpecError as error:
        why = error
    if why and isinstance(chosen, ReleasePolicy):
        sentence = _(
            "What comes back never ran together, so it goes as a deploy of the app does, and that cannot be: {why} "
            "Change how the app is released first (release.strategy, release.hooks), or go back to a whole release."
        )
        raise Refused(sentence.format(why=why), field="what")
    if why:
        sentence = _("What comes back cannot go by the strategy of the app: {why} Go back at once instead.")
        raise Refused(sentence.format(why=why), field="pace")
    return going


def strategy_of(spec: AppSpec, kind: ReleaseKind, *, is_stopped: bool, chosen: Way | None = None) -> Strategy:
    """How it goes, `chosen` as the spec has it by then. Plans that people made are for what is new: to go back to what
    ran, or to restart, workloads roll by themselves.

    A deletion takes everything away at once; it must not fail for a strategy. Where nothing runs, nothing is replaced.
    """
    if kind in BRINGS_NONE or is_stopped:
        return Strategy()
    own = spec.release.strategy
    if chosen or kind is ReleaseKind.DEPLOY:
        return own
    return own.change(steps=()) if own.kind == "recreate" else Strategy()


def _waves(spec: AppSpec, names: Sequence[str], places: Sequence[int], *, pauses: bool) -> list[Wave]:
    """What is said of each wave: its pause is the one after the wave before, and none on a way back."""
    said = {name: row for row in spec.release.waves.order for name in row.clusters}
    first = {wave: said.get(name) for name, wave in reversed(list(zip(names, places, strict=True)))}
    made, pause = [], 0
    for wave in range(len(first)):
        row = first[wave]
        made.append(Wave(pause=pause if pauses else 0, failures=row.failures if row else None))
        own = row.pause if row else None
        pause = spec.release.waves.pause if own is None else own
    return made


def calendar(
    app: App, kind: ReleaseKind, spec: AppSpec, *, only: Collection[str] = (), chosen: Way | None = None
) -> list[dict[str, str]]:
    """What is or will be frozen of an app, as a release of this spec has to keep to it; `only` to these clusters.

    It holds what is new: what is deployed, and what goes back to something newer than what runs, or that never ran as
    a whole (see `newness`). Going back to what ran before never waits, and neither does a restart or a stop.
    """
    planned = as_planned(kind, chosen)
    if not planned and kind is not ReleaseKind.ROLLBACK:
        return []
    found = freezes.concerning(app.tenant, app.name, now=timezone.now())
    if found and not planned and not newness.is_new(app, spec, only):
        return []
    return [freezes.row(whose, one) for whose, one in found]


def lanes_for(
    app: App,
    spec: AppSpec,
    *,
    there: Iterable[Cluster],
    grants: Sequence[TenantCluster],
    only: Collection[str] = (),
    fills: str = "",
) -> list[Lane]:
    """What a release of a spec brings to each cluster, in their order; last come those of `there` that it leaves.

    `only`: nothing but these clusters; `fills`: this one first. SpecError when it cannot be rendered for one of them.
    """
    lanes = order(lanes_of(app, spec, grants=grants), first=[*([fills] if fills else ()), *spec.release.waves.first])
    present = {lane.cluster_id for lane in lanes}
    found = [*lanes, *emptied(cluster for cluster in there if cluster.pk not in present)]
    return [lane for lane in found if not only or lane.cluster_name in only]


def refuse_elsewhere(
    app: App, spec: AppSpec, only: Collection[str], *, there: Iterable[Cluster], grants: Sequence[TenantCluster]
) -> None:
    """Raise Refused where `only` names a cluster to which a release of the spec brings nothing, and which it does not
    leave; `there` as for `lanes_for`.
    """
    placed = {row.cluster for row in spec.placement.targets} or {one.cluster.name for one in grants}
    known = placed | {cluster.name for cluster in there}
    if unknown := sorted(set(only) - known):
        sentence = _("{app} is not placed on {names}. Choose from {known}.")
        words = {"app": app.name, "names": ", ".join(unknown), "known": ", ".join(sorted(known))}
        raise Refused(sentence.format(**words), field="targets")


def emptied(clusters: Iterable[Cluster]) -> list[Lane]:
    """Lanes of clusters where nothing shall be: all there is removed."""
    return [Lane(cluster_id=cluster.pk, cluster_name=cluster.name) for cluster in clusters]


def targets_of(
    app: App,
    lanes: Sequence[Lane],
    course: Course,
    *,
    is_stopped: bool = False,
    forced: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    said: Iterable[Observation] | None = None,
) -> list[Target]:
    """The targets of a release, not saved and without it. Raises Refused where the strategy needs what is left.

    `said`: what clusters said of the app last, where that was read already.
    """
    forced, two_tracks = forced or {}, course.strategy.kind in second_track.KINDS
    turns = sorted(zip(lanes, course.places, strict=True), key=lambda one: one[1])
    left = [*load_left(app.left), *_kept(app, course.strategy.kind, forced, said)]
    return [
        Target(
            cluster_id=lane.cluster_id,
            cluster_name=lane.cluster_name,
            position=position,
            wave=wave,
            manifests=list(lane.manifests),
            digest=lane.digest,
            object_keys=[key_of(manifest) for manifest in lane.manifests],
            workloads=list(lane.workloads),
            second=lane.second.row() if two_tracks else {},
            second_manifests=list(lane.second.manifests) if two_tracks else [],
            left=leaving.on(lane, left, strategy=course.strategy.kind, stopped=is_stopped),
            forced={key: list(managers) for key, managers in forced.get(lane.cluster_name, {}).items()},
        )
        for position, (lane, wave) in enumerate(turns)
    ]


def _kept(
    app: App,
    strategy: str,
    forced: Mapping[str, Mapping[str, Sequence[str]]],
    said: Iterable[Observation] | None,
) -> list[Left]:
    """The numbers of instances that autoscalers of somebody else set, and this release does not take over.

    What is taken down first gets its number again; then the autoscaler goes on.
    """
    if strategy == "recreate":
        return []
    taken = {(cluster, key, manager) for cluster, rows in forced.items() for key in rows for manager in rows[key]}
    found = scaled_by_others(app, said=said)
    return [one for one in found if (one.cluster, one.object, one.manager) not in taken]
