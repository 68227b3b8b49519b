"""Freezing: everything a release will do is written down before it does anything.

After this, editing the app makes a draft for the next release; nothing outside the release changes what it does.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from django.db.models import Max
from django.utils.translation import gettext as _

from apps_mgmt import asked_roles, forbidding
from apps_mgmt.models import App, Revision
from apps_mgmt.rules import check_platform_rules, check_release
from apps_mgmt.spec import AppSpec, load
from portal.access import Actor
from portal.errors import Refused
from releases import at_rest, building, notices, planning, remains, reserving, standing
from releases.lanes import Lane, as_it_runs, refuse_recreation, stopped
from releases.models import Release, Step, Target
from releases.not_yet import not_yet
from releases.plannable import refuse_impossible
from releases.states import AS_IT_RUNS, AS_PLANNED, BRINGS, ReleaseKind, ReleaseState, RollbackCause
from tenants.clusters import grants_of, restricting
from tenants.isolation import Isolation
from tenants.models import Cluster, TenantCluster
from tenants.quota import ledger


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which revision shall run where, and who wants it. No `clusters`: all that the revision is placed on.

    What is `let_through` is refused neither for quota nor for a rule: it ran before; `within` quota it has to stay all
    the same where it is no way back. `forced` says per cluster of which
    objects (keys) fields are taken back, and from which managers. `acts_on` are the options of the
    one step of a release of kind act. `way`: how it goes, where that is not what its kind and the spec say.
    `fills`: the cluster that a move fills before anything else.
    """

    kind: ReleaseKind
    revision: Revision
    actor: Actor
    note: str = ""
    clusters: Sequence[str] = ()
    source: Release | None = None
    state: ReleaseState = ReleaseState.PLANNED
    let_through: bool = field(default=False)
    within: bool = False
    forced: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    acts_on: Mapping[str, str] = field(default_factory=dict)
    way: planning.Way | None = None
    fills: str = ""


def freeze(
    app: App,
    asked: Asked,
    *,
    line: Sequence[Release] | None = None,
    behind: Sequence[Release] = (),
    present: standing.Present | None = None,
) -> Release:
    """Write a planned release of a locked app. Raises Refused (rules, quota, strategy, unknown cluster), and NeedsRight
    where a cluster is restricted. `line` are the app's releases that are not over, `present` what stands or
    comes of it, where that was read already. `behind`: those of the line that come to their end before it begins.
    """
    spec = planning.going_by(load(asked.revision.spec), asked.way)
    there: list[Cluster] = []
    brings = asked.kind is not ReleaseKind.DELETE and asked.kind not in AS_IT_RUNS
    is_stopped = at_rest.stops(app, asked.kind, line=line)
    if asked.kind is ReleaseKind.DELETE:
        lanes = planning.emptied(remains.left(app))
    else:
        grants = grants_of(app.tenant_id)
        # Whoever goes back gets rid of what a release may have made where nothing came to run.
        goes_back = asked.kind is ReleaseKind.ROLLBACK
        among = (one.cluster for one in grants)
        there = remains.inhabited(app, among=among, written=goes_back, line=behind)
        lanes = _lanes(app, spec, asked, there=there, grants=grants) if brings else _running(app, asked, there=there)
        lanes = [stopped(lane) for lane in lanes] if is_stopped else lanes
        found = restricting.among(restricting.of_grants(grants), (lane.cluster_name for lane in lanes))
        restricting.require(asked.actor, found, tenant_id=app.tenant_id, app_id=app.pk)
    if asked.kind in BRINGS:
        forbidding.refuse(app, asked.revision)
    if brings and (missing := not_yet(spec)):
        raise Refused(" ".join(str(one) for one in missing), field=missing[0].field)
    calendar = planning.calendar(app, asked.kind, spec, only=asked.clusters, chosen=asked.way)
    course = planning.course_of(
        spec,
        asked.kind,
        lanes,
        is_stopped=is_stopped,
        chosen=asked.way,
        acts_on=asked.acts_on,
        freezes=calendar,
        built=building.known(asked.revision),
        stood=standing.numbers(app) if brings and len(lanes) > 1 else None,
    )
    if asked.kind in AS_PLANNED or asked.way:
        refuse_impossible(spec)
        notices.refuse_unknown(spec, app.tenant)
        asked_roles.refuse_unknown(spec.release.steps, app.tenant, field="strategy")
    release = Release(
        app=app,
        number=(Release.objects.filter(app=app).aggregate(last=Max("number"))["last"] or 0) + 1,
        kind=asked.kind.value,
        state=asked.state.value,
        revision=asked.revision,
        source=asked.source,
        strategy=course.strategy.kind,
        stopped=is_stopped,
        across=course.across,
        waves=[asdict(wave) for wave in course.waves],
        failure_budget=_failures(spec, asked.kind, lanes),
        rollback_on=_rollback_on(spec, asked.kind),
        isolation=_isolation(app, asked.kind),
        note=asked.note,
        actor_id=asked.actor.user_id,
        actor_name=asked.actor.username,
        token_rights=None if asked.actor.rights_scope is None else sorted(asked.actor.rights_scope),
    )
    if brings:
        known = reserving.Now(there, standing.present(app) if present is None else present)
        most = reserving.peak(app, spec, known, starts=asked.kind is ReleaseKind.START)
        _reserve(app, release, most, enforce=asked.within or not asked.let_through)
    targets = planning.targets_of(app, lanes, course, is_stopped=is_stopped, forced=asked.forced)
    release.save(force_insert=True)
    _write(release, course, targets)
    return release


def _isolation(app: App, kind: ReleaseKind) -> dict[str, str]:
    """What the isolation of the tenant writes into the instances. What is frozen as it runs keeps that of then: where
    clusters differ, another one than today's, so that the next release is known to bring it.
    """
    if kind in AS_IT_RUNS and (others := standing.other_isolations(app)):
        return next(iter(others.values())).of_pods
    return Isolation.load(app.tenant.isolation).of_pods


def _rollback_on(spec: AppSpec, kind: ReleaseKind) -> list[str]:
    if kind is ReleaseKind.MOVE:
        return list(RollbackCause)  # half of it would leave the app on both, or what it left on neither
    policy = spec.release.auto_rollback
    return list(policy.causes) if policy.on and kind not in (*AS_IT_RUNS, ReleaseKind.DELETE) else []


def _failures(spec: AppSpec, kind: ReleaseKind, lanes: Sequence[Lane]) -> int:
    """How many clusters may fail. None that is away keeps the others from being emptied, and a move is whole or not."""
    if kind is ReleaseKind.DELETE:
        return len(lanes)
    return 0 if kind is ReleaseKind.MOVE else spec.release.waves.failures


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
    lanes = planning.lanes_for(app, spec, there=there, grants=grants, only=asked.clusters, fills=asked.fills)
    refuse_recreation(app, lanes)
    planning.refuse_elsewhere(app, spec, asked.clusters, there=there, grants=grants)
    return lanes


def _running(app: App, asked: Asked, *, there: Sequence[Cluster]) -> list[Lane]:
    """What runs on these clusters, or on all, as it is. A stop also removes what a release left half way where nothing
    was deployed: its instances would go on running.
    """
    lanes = [as_it_runs(target) for target in remains.running(app)]
    if asked.kind is ReleaseKind.STOP:
        half_way = standing.half_way(app).keys() - {lane.cluster_name for lane in lanes}
        lanes += planning.emptied(cluster for cluster in there if cluster.name in half_way)
    chosen = [lane for lane in lanes if not asked.clusters or lane.cluster_name in asked.clusters]
    return sorted(chosen, key=lambda lane: lane.cluster_name)


def _reserve(app: App, release: Release, peak: dict[str, int], *, enforce: bool) -> None:
    release.quota_peak = peak
    source = quota_source(release.pk)
    ledger.reserve(app.tenant_id, app.pk, source=source, usage=release.quota_peak, enforce=enforce)


def _write(release: Release, course: planning.Course, targets: Sequence[Target]) -> None:
    """The plan and the targets of a release that is saved."""
    Step.objects.bulk_create(
        Step(
            release=release,
            number=step.number,
            kind=step.kind,
            back=step.back,
            timeout=step.timeout,
            options=dict(step.options),
        )
        for step in course.steps
    )
    for target in targets:
        target.release = release
    Target.objects.bulk_create(targets)
