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
from apps_mgmt.spec.releasing import ReleaseHooks
from apps_mgmt.spec.second_sets import without_second_set
from apps_mgmt.values import Left, load_left
from portal.errors import Refused
from releases import newness, second_track, strategies
from releases.drift import leaving
from releases.drift.looking import scaled_by_others
from releases.lanes import Lane, lanes_of, order
from releases.models import Observation, Target
from releases.snapshot import Step, Wave
from releases.states import AS_PLANNED, BRINGS_NONE, Across, ReleaseKind
from releases.strategies.across import waves_of
from releases.strategies.plan import READY_TIMEOUT, Ask
from tenants import freezes
from tenants.models import Cluster, TenantCluster

_ACROSS = {
    "one-after-another": Across.ONE_AFTER_ANOTHER,
    "together": Across.ALL_TOGETHER,
    "first-then-rest": Across.FIRST_THEN_REST,
}


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
    chosen: Strategy | None = None,
    acts_on: Mapping[str, Any] | None = None,
    freezes: Sequence[Mapping[str, str]] = (),
    built: Mapping[str, str] | None = None,
) -> Course:
    """The way of a release of a spec over these lanes; `chosen` instead of what its kind and the spec say. Pure.

    `built`: process → image of what an earlier release built, and this one brings as it is. Only what is deployed is
    built: whatever goes back brings the images that it names.
    """
    strategy = chosen if chosen and not is_stopped else _strategy_of(spec, kind, is_stopped=is_stopped)
    together = kind in (ReleaseKind.DELETE, ReleaseKind.STOP)
    across = Across.ALL_TOGETHER if together else _ACROSS[spec.release.waves.across]
    names = [lane.cluster_name for lane in lanes]
    if kind is ReleaseKind.MOVE:
        across, named = Across.ONE_AFTER_ANOTHER, _filled_before_emptied(lanes)
    else:
        named = [] if together else [wave.clusters for wave in spec.release.waves.order]
    places = waves_of(names, across, order=named)
    waves = [] if kind is ReleaseKind.DELETE else _waves(spec, names, places, pauses=kind in AS_PLANNED)
    hooks = spec.release.hooks if kind in AS_PLANNED else ReleaseHooks()
    ask = Ask(
        strategy=strategy,
        patience=float(max((one.update.progress_deadline for one in spec.processes), default=READY_TIMEOUT)),
        most=max((int(row["replicas"]) for lane in lanes for row in lane.workloads), default=0),
        acts_on=acts_on or {},
        freezes=freezes,
        before=hooks.before,
        after=hooks.after,
        built={one.name: one.image for one in spec.processes} if kind is not ReleaseKind.DEPLOY else built or {},
        batch=strategy.batch if spec.release.auto_rollback.pace == "in-batches" else "",
    )
    steps = strategies.plan(kind, ask, waves=waves)
    return Course(strategy=strategy, across=across, places=places, waves=waves, steps=steps)


def _filled_before_emptied(lanes: Sequence[Lane]) -> list[Sequence[str]]:
    """The waves of a move, whose first lane is the one to be filled: that, those that stay, those that are left."""
    first, *others = lanes
    stay = [lane.cluster_name for lane in others if lane.manifests]
    left = [lane.cluster_name for lane in others if not lane.manifests]
    return [wave for wave in ([first.cluster_name], stay, left) if wave]


def going_by(spec: AppSpec, strategy: Strategy | None) -> AppSpec:
    """The spec with the strategy by which a release of it goes. Raises Refused where the two do not fit together."""
    if strategy is None:
        return spec
    why: object = without_second_set(spec, strategy.kind)
    try:
        going = spec.with_release(strategy=strategy)
    except SpecError as error:
        why = error
    if why:
        sentence = _("What comes back cannot go by the strategy of the app: {why} Go back at once instead.")
        raise Refused(sentence.format(why=why), field="pace")
    return going


def _strategy_of(spec: AppSpec, kind: ReleaseKind, *, is_stopped: bool) -> Strategy:
    """How it goes. Plans that people made are for what is new: to go back, or to restart, workloads roll by themselves.

    A deletion takes everything away at once; it must not fail for a strategy. Where nothing runs, nothing is replaced.
    """
    if kind in BRINGS_NONE or is_stopped:
        return Strategy()
    own = spec.release.strategy
    if kind is ReleaseKind.DEPLOY:
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


def calendar(app: App, kind: ReleaseKind, spec: AppSpec, *, only: Collection[str] = ()) -> list[dict[str, str]]:
    """What is or will be frozen of an app, as a release of this spec has to keep to it; `only` to these clusters.

    It holds what is new: what is deployed, and what goes back to something newer than what runs, or that never ran as
    a whole (see `newness`). Going back to what ran before never waits, and neither does a restart or a stop.
    """
    if kind not in AS_PLANNED and kind is not ReleaseKind.ROLLBACK:
        return []
    found = freezes.concerning(app.tenant, app.name, now=timezone.now())
    if found and kind is ReleaseKind.ROLLBACK and not newness.is_new(app, spec, only):
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
    left = [*load_left(app.left), *_kept(app, course.strategy.kind, forced, said)]
    return [
        Target(
            cluster_id=lane.cluster_id,
            cluster_name=lane.cluster_name,
            position=position,
            wave=course.places[position],
            manifests=list(lane.manifests),
            digest=lane.digest,
            object_keys=[key_of(manifest) for manifest in lane.manifests],
            workloads=list(lane.workloads),
            second=lane.second.row() if two_tracks else {},
            second_manifests=list(lane.second.manifests) if two_tracks else [],
            left=leaving.on(lane, left, strategy=course.strategy.kind, stopped=is_stopped),
            forced={key: list(managers) for key, managers in forced.get(lane.cluster_name, {}).items()},
        )
        for position, lane in enumerate(lanes)
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
