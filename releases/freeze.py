"""Freezing: everything a release will do is written down before it does anything.

After this, editing the app makes a draft for the next release; nothing outside the release changes what it does.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from apps_mgmt import drafts, forbidding
from apps_mgmt.models import App, Revision
from apps_mgmt.rendering import key_of
from apps_mgmt.rules import check_platform_rules, check_release
from apps_mgmt.spec import AppSpec, Strategy, load, peak_usage
from apps_mgmt.spec.releasing import ReleaseHooks
from apps_mgmt.values import load_left
from portal.access import Actor
from portal.errors import Refused
from releases import remains, second_track, standing, strategies
from releases.drift import leaving
from releases.lanes import Lane, as_it_runs, lanes_of, order, refuse_recreation, stopped
from releases.models import Release, Step, Target
from releases.not_yet import not_yet
from releases.plannable import refuse_impossible
from releases.snapshot import Wave
from releases.states import AS_IT_RUNS, BRINGS, BRINGS_NONE, TERMINAL, Across, ReleaseKind, ReleaseState
from releases.strategies.across import waves_of
from releases.strategies.plan import Ask
from tenants import freezes
from tenants.clusters import grants_of, restricting
from tenants.isolation import Isolation
from tenants.models import Cluster, TenantCluster
from tenants.quota import ledger

_ACROSS = {
    "one-after-another": Across.ONE_AFTER_ANOTHER,
    "together": Across.ALL_TOGETHER,
    "first-then-rest": Across.FIRST_THEN_REST,
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which revision shall run where, and who wants it. No `clusters`: all that the revision is placed on.

    What is `let_through` is refused neither for quota nor for a rule: it ran before. `forced` says per cluster of which
    objects (keys) fields are taken back, and from which managers. `acts_on` are the options of the
    one step of a release of kind act.
    """

    kind: ReleaseKind
    revision: Revision
    actor: Actor
    note: str = ""
    clusters: Sequence[str] = ()
    source: Release | None = None
    state: ReleaseState = ReleaseState.PLANNED
    let_through: bool = field(default=False)
    forced: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    acts_on: Mapping[str, str] = field(default_factory=dict)


def freeze(app: App, asked: Asked) -> Release:
    """Write a planned release of a locked app. Raises Refused (rules, quota, strategy, unknown cluster), and NeedsRight
    where a cluster is restricted.
    """
    spec = load(asked.revision.spec)
    there: list[Cluster] = []
    brings = asked.kind is not ReleaseKind.DELETE and asked.kind not in AS_IT_RUNS
    is_stopped = stops(app, asked.kind)
    if asked.kind is ReleaseKind.DELETE:
        lanes = _emptied(remains.left(app))
    else:
        grants = grants_of(app.tenant_id)
        there = remains.inhabited(app, among=(one.cluster for one in grants))
        lanes = _lanes(app, spec, asked, there=there, grants=grants) if brings else _running(app, asked)
        lanes = [stopped(lane) for lane in lanes] if is_stopped else lanes
        found = restricting.among(restricting.of_grants(grants), (lane.cluster_name for lane in lanes))
        restricting.require(asked.actor, found, tenant_id=app.tenant_id, app_id=app.pk)
    if asked.kind in BRINGS:
        forbidding.refuse(app, asked.revision)
    if brings and (missing := not_yet(spec)):
        raise Refused(" ".join(str(one) for one in missing), field=missing[0].field)
    strategy = _strategy_of(spec, asked.kind, is_stopped=is_stopped)
    together = asked.kind in (ReleaseKind.DELETE, ReleaseKind.STOP)
    if asked.kind is ReleaseKind.DEPLOY:
        refuse_impossible(spec)
    release = Release(
        app=app,
        number=(Release.objects.filter(app=app).aggregate(last=Max("number"))["last"] or 0) + 1,
        kind=asked.kind.value,
        state=asked.state.value,
        revision=asked.revision,
        source=asked.source,
        strategy=strategy.kind,
        stopped=is_stopped,
        across=Across.ALL_TOGETHER if together else _ACROSS[spec.release.waves.across],
        # No cluster that is away keeps the others from being emptied.
        failure_budget=len(lanes) if asked.kind is ReleaseKind.DELETE else spec.release.waves.failures,
        rollback_on=_rollback_on(spec, asked.kind),
        isolation=_isolation(app, asked.kind),
        note=asked.note,
        actor_id=asked.actor.user_id,
        actor_name=asked.actor.username,
    )
    if brings:
        _reserve(app, release, spec, there=there, enforce=not asked.let_through)
    names = [lane.cluster_name for lane in lanes]
    waves = waves_of(names, Across(release.across), order=[wave.clusters for wave in spec.release.waves.order])
    if asked.kind is not ReleaseKind.DELETE:
        release.waves = [asdict(wave) for wave in _waves(spec, names, waves, pauses=asked.kind is ReleaseKind.DEPLOY)]
    release.save(force_insert=True)
    _write_plan(release, spec, lanes, strategy=strategy, acts_on=asked.acts_on)
    _write_targets(release, lanes, waves=waves, forced=asked.forced)
    return release


def _isolation(app: App, kind: ReleaseKind) -> dict[str, str]:
    """What the isolation of the tenant writes into the instances. What is frozen as it runs keeps that of then: where
    clusters differ, another one than today's, so that the next release is known to bring it.
    """
    if kind in AS_IT_RUNS and (others := standing.other_isolations(app)):
        return next(iter(others.values())).of_pods
    return Isolation.load(app.tenant.isolation).of_pods


def stops(app: App, kind: ReleaseKind) -> bool:
    """Whether a release of this kind leaves no instance running: what was stopped stays so until somebody starts it.

    Where one is under way, what that will leave is what counts.
    """
    if kind in (ReleaseKind.STOP, ReleaseKind.START):
        return kind is ReleaseKind.STOP
    under_way = Release.objects.filter(app=app).exclude(state__in=TERMINAL).order_by("-number").first()
    return under_way.stopped if under_way else drafts.is_stopped(app)


def _strategy_of(spec: AppSpec, kind: ReleaseKind, *, is_stopped: bool) -> Strategy:
    """How it goes. Plans that people made are for what is new: to go back, or to restart, workloads roll by themselves.

    A deletion takes everything away at once; it must not fail for a strategy. Where nothing runs, nothing is replaced.
    """
    if kind in BRINGS_NONE or is_stopped:
        return Strategy()
    own = spec.release.strategy
    return own if kind is ReleaseKind.DEPLOY or own.kind == "recreate" else Strategy()


def _rollback_on(spec: AppSpec, kind: ReleaseKind) -> list[str]:
    policy = spec.release.auto_rollback
    return list(policy.causes) if policy.on and kind not in (*AS_IT_RUNS, ReleaseKind.DELETE) else []


def _waves(spec: AppSpec, names: Sequence[str], waves: Sequence[int], *, pauses: bool) -> list[Wave]:
    """What is said of each wave: its pause is the one after the wave before, and none on a way back."""
    said = {name: row for row in spec.release.waves.order for name in row.clusters}
    first = {wave: said.get(name) for name, wave in reversed(list(zip(names, waves, strict=True)))}
    made, pause = [], 0
    for wave in range(len(first)):
        row = first[wave]
        made.append(Wave(pause=pause if pauses else 0, failures=row.failures if row else None))
        own = row.pause if row else None
        pause = spec.release.waves.pause if own is None else own
    return made


def quota_source(release_id: uuid.UUID) -> str:
    """What the ledger calls the reservation of a release in flight."""
    return f"release:{release_id}"


def _lanes(
    app: App, spec: AppSpec, asked: Asked, *, there: list[Cluster], grants: Sequence[TenantCluster]
) -> list[Lane]:
    if not spec.processes:
        raise Refused(_("{app} has no process, so nothing could run. Add one first.").format(app=app.name))
    check_platform_rules(app, spec, grants=grants)
    if not asked.let_through:
        check_release(spec)
    lanes = order(lanes_of(app, spec, grants=grants), first=spec.release.waves.first)
    refuse_recreation(app, lanes)
    known = {lane.cluster_name for lane in lanes}
    if unknown := sorted(set(asked.clusters) - known):
        sentence = _("{app} is not placed on {names}. Choose from {known}.")
        words = {"app": app.name, "names": ", ".join(unknown), "known": ", ".join(sorted(known))}
        raise Refused(sentence.format(**words), field="targets")
    if asked.clusters:
        return [lane for lane in lanes if lane.cluster_name in asked.clusters]
    present = {lane.cluster_id for lane in lanes}
    return [*lanes, *_emptied(cluster for cluster in there if cluster.pk not in present)]


def _running(app: App, asked: Asked) -> list[Lane]:
    """What runs on these clusters, or on all, as it is."""
    lanes = [as_it_runs(target) for target in remains.running(app)]
    chosen = [lane for lane in lanes if not asked.clusters or lane.cluster_name in asked.clusters]
    return sorted(chosen, key=lambda lane: lane.cluster_name)


def _emptied(clusters: Iterable[Cluster]) -> list[Lane]:
    """Lanes of clusters where nothing shall be: all there is removed."""
    return [Lane(cluster_id=cluster.pk, cluster_name=cluster.name) for cluster in clusters]


def peak_of(app: App, spec: AppSpec, *, grants: Sequence[TenantCluster]) -> dict[str, int]:
    """The most that a release of this spec can come to, beside what runs of the app now."""
    return _peak(spec, remains.inhabited(app, among=(one.cluster for one in grants)))


def _peak(spec: AppSpec, there: list[Cluster]) -> dict[str, int]:
    return dict(peak_usage(spec, running=[cluster.name for cluster in there]))


def _reserve(app: App, release: Release, spec: AppSpec, *, there: list[Cluster], enforce: bool) -> None:
    peak = _peak(spec, there)
    release.quota_peak = peak
    ledger.reserve(app.tenant_id, app.pk, source=quota_source(release.pk), usage=peak, enforce=enforce)


def _write_plan(
    release: Release, spec: AppSpec, lanes: Sequence[Lane], *, strategy: Strategy, acts_on: Mapping[str, str]
) -> None:
    patience = float(max((one.update.progress_deadline for one in spec.processes), default=600))
    waves = [Wave(**row) for row in release.waves]
    most = max((int(row["replicas"]) for lane in lanes for row in lane.workloads), default=0)
    hooks = spec.release.hooks if release.kind == ReleaseKind.DEPLOY else ReleaseHooks()
    ask = Ask(
        strategy=strategy,
        patience=patience,
        most=most,
        acts_on=acts_on,
        freezes=_calendar(release),
        before=hooks.before,
        after=hooks.after,
    )
    plan = strategies.plan(ReleaseKind(release.kind), ask, waves=waves)
    Step.objects.bulk_create(
        Step(
            release=release,
            number=step.number,
            kind=step.kind,
            back=step.back,
            timeout=step.timeout,
            options=dict(step.options),
        )
        for step in plan
    )


def _calendar(release: Release) -> list[dict[str, str]]:
    """What is or will be frozen of its app. It holds what is new: going back, and what runs already, never waits."""
    if release.kind != ReleaseKind.DEPLOY:
        return []
    app = release.app
    return [freezes.row(whose, one) for whose, one in freezes.concerning(app.tenant, app.name, now=timezone.now())]


def _write_targets(
    release: Release,
    lanes: Sequence[Lane],
    *,
    waves: Sequence[int],
    forced: Mapping[str, Mapping[str, Sequence[str]]],
) -> None:
    left = load_left(release.app.left)
    Target.objects.bulk_create(
        Target(
            release=release,
            cluster_id=lane.cluster_id,
            cluster_name=lane.cluster_name,
            position=position,
            wave=waves[position],
            manifests=list(lane.manifests),
            digest=lane.digest,
            object_keys=[key_of(manifest) for manifest in lane.manifests],
            workloads=list(lane.workloads),
            second=lane.second.row() if release.strategy in second_track.KINDS else {},
            second_manifests=list(lane.second.manifests) if release.strategy in second_track.KINDS else [],
            left=leaving.on(lane, left, strategy=release.strategy, stopped=release.stopped),
            forced={key: list(managers) for key, managers in forced.get(lane.cluster_name, {}).items()},
        )
        for position, lane in enumerate(lanes)
    )
