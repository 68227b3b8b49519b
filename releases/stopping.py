"""Stopping and starting an app, and deleting one of its instances: what is asked of the engine, and what is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps_mgmt import drafts, forbidding
from apps_mgmt.models import App, AppStatus, Deployed, Revision
from apps_mgmt.spec import AppSpec, load
from apps_mgmt.values import AppRecord, load_left
from portal.access import Actor
from portal.errors import Conflict, Refused
from portal.operations.subject import Preview
from releases import hindrances, holding, meeting, observation, previewing, remains, restarting, standing
from releases.asking import DeleteInstance, StartApp, StopApp
from releases.drift.looking import drifts
from releases.freeze import Asked
from releases.models import Observation, Release
from releases.scaled import REPLICAS
from releases.states import BRINGS_NONE, ReleaseKind, ReleaseState
from tenants.clusters import grants_of
from tenants.quota.arithmetic import QuotaLine
from tenants.quota.showing import row as quota_row

_STOPS = (ReleaseKind.STOP, ReleaseKind.START)


def stop(app: App, actor: Actor, note: str) -> Asked:
    """The release that takes all instances away. What ran before needs neither room nor leave.

    It prevails over whoever set a number of instances, and nobody's number is left to them any more: after a start it
    is what the settings ask for, as for everything that starts from nothing. To bring back the number of somebody
    else, it would have to be kept beside the settings, and whoever watches that number sets it again anyway.
    """
    forced: dict[str, dict[str, list[str]]] = {}
    for cluster, key, manager in _counted_by_others(app):
        forced.setdefault(cluster, {})[key] = [manager] if manager else []
    _no_longer_left(app)
    revision = running_revision(app)
    return Asked(kind=ReleaseKind.STOP, revision=revision, actor=actor, note=note, let_through=True, forced=forced)


def start(app: App, actor: Actor, note: str) -> Asked:
    """The release that brings them back. Their room in the quota was kept, so it is let through where limits fell."""
    _refuse_different(app)
    return Asked(kind=ReleaseKind.START, revision=running_revision(app), actor=actor, note=note, let_through=True)


def _refuse_different(app: App) -> None:
    """What stands half way does not hinder a start: what was deployed as a whole is written anew. It is the same one
    everywhere, so that has to be known.
    """
    then = _("Deploy, or roll back to one release everywhere (release.rollback with release), then start it.")
    restarting.refuse_different(app, then=then)


def delete(app: App, action: DeleteInstance, actor: Actor, note: str) -> Asked:
    """The release that deletes an instance."""
    return Asked(
        kind=ReleaseKind.ACT,
        revision=running_revision(app),
        actor=actor,
        note=note,
        clusters=(action.cluster,),
        let_through=True,
        acts_on={"name": action.name, "uid": action.uid, "workload": f"{action.kind}/{action.workload}"},
    )


def ended_half_way(app: App) -> bool:
    """Whether it was being stopped, or started again, and that came to a bad end: some of it may run, and some not."""
    status: AppStatus | None = getattr(app, "status", None)
    if status is None or status.last_release_state != ReleaseState.FAILED:
        return False
    last = status.last_release or 0
    return Release.objects.filter(app=app, number=last, kind__in=_STOPS).exists()


def held_before(release: Release) -> int:
    """The number of the release that stood half way when a stop of the app began, which a way back from the stop does
    not bring again; 0 where none did.
    """
    if release.kind != ReleaseKind.STOP or release.state == ReleaseState.WAITING:
        return 0
    earlier = Release.objects.filter(app=release.app, number__lt=release.number, started_at__isnull=False)
    last = earlier.exclude(kind__in=BRINGS_NONE).order_by("-number").first()
    return last.number if last and last.state in (ReleaseState.FAILED, ReleaseState.SUPERSEDED) else 0


def _counted_by_others(app: App) -> list[tuple[str, str, str]]:
    """(cluster, key, manager) of the workloads whose number of instances somebody else has, left to them or not."""
    known = {(one.cluster, one.object): one.manager for one in load_left(app.left) if one.field == REPLICAS}
    known |= {(one.cluster, one.object): one.manager for one in drifts(app) if one.field == REPLICAS}
    return sorted((cluster, key, manager) for (cluster, key), manager in known.items())


def _no_longer_left(app: App) -> None:
    left = load_left(app.left)
    kept = tuple(one for one in left if one.field != REPLICAS)
    if kept != left:
        app.left = AppRecord(left=kept).columns()["left"]
        app.version += 1
        app.save(update_fields=["left", "version"])


def running_revision(app: App) -> Revision:
    """What runs, or ran until it was stopped. Refused where nothing does."""
    found = drafts.deployed_revision(app)
    if found is None:
        raise Refused(_("{app} runs nowhere yet. Deploy it first.").format(app=app.name))
    return found


def found_instance(app: App, *, name: str, cluster: str) -> Mapping[str, Any]:
    """Where an instance is, as a cluster last said: {cluster, name, uid, kind, workload}. Empty for none.

    Names of instances are made by chance, so one is enough to tell the cluster.
    """
    return next((one for one in _instances(app) if one["name"] == name and cluster in ("", one["cluster"])), {})


def choices(app: App) -> list[tuple[str, str]]:
    """The instances that clusters last told of, as a form offers them."""
    return [(one["name"], f"{one['name']} · {one['cluster']}") for one in _instances(app)]


def _instances(app: App) -> Iterator[dict[str, str]]:
    there = dict(Deployed.objects.filter(app=app).order_by("cluster_name").values_list("cluster_id", "cluster_name"))
    seen = {row.cluster_id: row for row in Observation.objects.filter(app=app, cluster_id__in=there)}
    for pk in (pk for pk in there if pk in seen):
        facts = observation.load(seen[pk].facts) or observation.Observation()
        for workload in facts.workloads:
            for one in workload.instances:
                place = {"cluster": there[pk], "kind": workload.kind, "workload": workload.name}
                yield {**place, "name": one.name, "uid": one.uid}


def preview_stop(subject: App, action: StopApp) -> Preview:
    """How many instances go, and what stays. Refused while a release comes before it, as the stop itself is."""
    running_revision(subject)
    _refuse_behind(subject)
    count = subject.status.wanted
    sentence = ngettext(
        "{count} instance goes, and nothing answers under the addresses of {app} until it is started again. Its "
        "settings, routes, volumes and its room in the quota stay.",
        "{count} instances go, and nothing answers under the addresses of {app} until it is started again. Its "
        "settings, routes, volumes and its room in the quota stay.",
        count,
    )
    taken = _(
        "The number of instances of {what} on {cluster} is taken back from {manager}: once started, it is what the "
        "settings ask for."
    )
    warnings = [
        taken.format(what=key.partition("/")[2], cluster=cluster, manager=manager or _("somebody unknown"))
        for cluster, key, manager in _counted_by_others(subject)
    ]
    warnings = [*_no_start(subject), *_half_way(subject), *warnings]
    return Preview(happens=sentence.format(count=count, app=subject.name), warnings=warnings)


def _refuse_behind(app: App) -> None:
    """Neither queues: it is asked again when what is under way, or waits for its turn, is over."""
    if first := previewing.before_it(holding.line_of(app)):
        raise Conflict(previewing.under_way(first, queues=False), code="release_active")


def _no_start(app: App) -> list[str]:
    """That nobody can start it again afterwards, where what runs may not be released any more."""
    found = forbidding.forbidden_as(app, running_revision(app))
    sentence = _("Once stopped it is not started again: {why}")
    return [sentence.format(why=forbidding.words(found))] if found else []


def _half_way(app: App) -> list[str]:
    """That a stop, or a start, takes away what stands half way, and what is brought back instead."""
    revision = running_revision(app)
    others = [one for one in standing.places(app) if one.revision.digest != revision.digest]
    found = hindrances.of_half_way(load(revision.spec), others, None)
    if not found:
        return []
    sentence = _("What a start brings back is revision {number}, which was deployed as a whole last.")
    return [*found, sentence.format(number=revision.number)]


def preview_start(subject: App, action: StartApp) -> Preview:
    """What comes back. Refused while a release comes before it, as the start itself is."""
    _refuse_different(subject)
    _refuse_behind(subject)
    revision = running_revision(subject)
    forbidding.refuse(subject, revision)
    spec = load(revision.spec)
    lines = previewing.quota_of(subject, spec, grants_of(subject.tenant_id), starts=True)
    sentence = _("Revision {number} of {app} runs again, with the instances its settings ask for.")
    warnings = [*_over(lines), *_of_others(subject, spec), *_half_way(subject)]
    warnings += hindrances.of_rules(spec, enforced=False)
    happens = sentence.format(number=revision.number, app=subject.name)
    return Preview(happens=happens, quota=[quota_row(one) for one in lines], warnings=warnings)


def _of_others(app: App, spec: AppSpec) -> list[str]:
    """What others changed while it was stopped, or before."""
    grants, places = grants_of(app.tenant_id), standing.places(app)
    there = remains.inhabited(app, among=[one.cluster for one in grants])
    seen = {row.cluster_id: row for row in Observation.objects.filter(app=app)}
    return meeting.told(
        app, spec, ReleaseKind.START, is_stopped=False, grants=grants, there=there, places=places, seen=seen
    )


def _over(lines: Sequence[QuotaLine]) -> list[str]:
    """That a start does not fit into the quota, and comes all the same."""
    if all(one.fits for one in lines):
        return []
    return [_("This is more than the quota allows. Starting what was stopped is let through all the same.")]


def preview_delete(subject: App, action: DeleteInstance) -> Preview:
    """What becomes of it."""
    sentence = _("{name} on {cluster} is told to end, and {kind} {workload} makes another one in its place.")
    words = {"name": action.name, "cluster": action.cluster, "kind": action.kind, "workload": action.workload}
    return Preview(happens=sentence.format(**words))
