"""`AppStatus`, the one row that lists and tables read: written here from what clusters last said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from apps_mgmt.models import App, AppStatus, Deployed
from releases import missing, observation, remains
from releases.models import Observation, Release
from releases.observation import WorkloadFacts
from releases.states import ACTIVE, LOST, ReleaseKind, ReleaseState
from tenants.models import Cluster

_State = AppStatus.State
_LISTED = ("state", "stopped", "ready", "wanted", "image", "clusters", "last_release", "last_release_state")


def refresh(app: App, *, recent: Sequence[Release]) -> bool:
    """Write the status of a locked app anew. True when something that lists show is different.

    `recent` are its newest releases, the newest first, and any that is active.
    """
    status, _created = AppStatus.objects.get_or_create(app=app)
    before = {name: getattr(status, name) for name in _LISTED}
    running = list(Deployed.objects.filter(app=app).values_list("cluster_id", "cluster_name", "stopped"))
    deployed = {pk: name for pk, name, _stopped in running}
    status.stopped = bool(running) and all(stopped for *_place, stopped in running)
    seen = {row.cluster_id: row for row in Observation.objects.filter(app=app)}
    known = list(Cluster.objects.filter(pk__in=[*deployed, *seen]).values_list("pk", "name", "state"))
    away = {pk for pk, _name, state in known if state in Cluster.UNSEEN}
    names = {pk: name for pk, name, _state in known if pk in seen} | deployed
    facts = {pk: observation.load(row.facts) or observation.Observation() for pk, row in seen.items()}
    facts |= missing.filled(app, {pk: one for pk, one in facts.items() if pk in deployed and pk not in away})
    is_active = any(one.state in ACTIVE for one in recent)
    rows = [
        _cluster(names[pk], facts.get(pk), is_away=pk in away, busy=is_active)
        for pk in sorted(names, key=lambda pk: names[pk])
        if pk in deployed or _runs(seen.get(pk))
    ]
    status.clusters = rows
    status.ready, status.wanted = sum(row["ready"] for row in rows), sum(row["wanted"] for row in rows)
    status.image = next((row["image"] for row in rows if row["image"]), status.image)
    if status.stopped:
        status.image = _deployed_image(app, facts.values()) or status.image
    if recent:
        _last_release(status, recent[0])
    status.state = _state(app, rows, is_active=is_active)
    if status.state == _State.HEALTHY and recent and _half_stopped(recent[0], facts.values()):
        status.state = _State.DEGRADED
    lost, knew = _lost(rows), _lost(before["clusters"])
    for pk, name in deployed.items():
        if name in lost and name not in knew:
            missing.ask(app.pk, pk)
    changed = any(getattr(status, name) != value for name, value in before.items())
    if changed:
        status.version += 1
        status.save()
    return changed


def open_to(app: App) -> None:
    """Write down under which hosts an app is reached, from what runs on its clusters."""
    hosts: set[str] = set()
    for target in remains.running(app):
        for manifest in target.manifests:
            hosts.update(manifest["spec"].get("hostnames") or () if manifest["kind"] == "HTTPRoute" else ())
            rules = manifest["spec"].get("rules") or () if manifest["kind"] == "Ingress" else ()
            hosts.update(rule["host"] for rule in rules if rule.get("host"))
    AppStatus.objects.filter(app=app).update(addresses=sorted(hosts))


def _state(app: App, rows: list[dict[str, Any]], *, is_active: bool) -> str:
    if app.deleted_at is not None:
        return _State.DELETING if is_active or rows or remains.left(app) else _State.NEW
    if is_active:
        return _State.DEPLOYING
    states = {row["state"] for row in rows}
    if not states:
        return _State.NEW
    if len(states) == 1:
        return str(states.pop())
    if _State.UNKNOWN in states and states <= {_State.UNKNOWN, _State.HEALTHY, _State.STOPPED}:
        return _State.UNKNOWN
    return _State.HEALTHY if states == {_State.HEALTHY, _State.STOPPED} else _State.DEGRADED


def _deployed_image(app: App, facts: Iterable[observation.Observation]) -> str:
    """What a start brings back of the workload that lists name: what is written on a cluster that has no instance may
    be of a release that ended half way.
    """
    process = next((one.workloads[0].process for one in facts if one.workloads), "")
    row = Deployed.objects.filter(app=app).select_related("revision").order_by("cluster_name").first()
    processes = row.revision.spec.get("processes", ()) if row else ()
    return next((str(one["image"]) for one in processes if one["name"] == process), "")


def _half_stopped(last: Release, facts: Iterable[observation.Observation]) -> bool:
    """Whether a stop took some of its workloads down, and failed at others, which are well: so the app is not."""
    if last.kind != ReleaseKind.STOP or last.state != ReleaseState.FAILED:
        return False
    return any(not one.wanted for found in facts for one in found.workloads)


def is_busy(app: App) -> bool:
    """Whether a release of it is under way, as its status has it."""
    return app.status.state == _State.DEPLOYING


def state_of(facts: Sequence[WorkloadFacts], *, busy: bool) -> str:
    """How workloads are, wherever it is told: an instance in trouble counts, however many others are ready. With none
    ready they fail, but while they are `busy` with a release, where the first may be about to come.
    """
    wanted, ready = sum(one.wanted for one in facts), sum(one.ready for one in facts)
    troubled = any(one.trouble or one.in_trouble for one in facts)
    if not facts:
        return _State.UNKNOWN
    if not wanted and not troubled:
        return _State.STOPPED
    if ready >= wanted and not troubled:
        return _State.HEALTHY
    return _State.FAILING if not ready and (troubled or not busy) else _State.DEGRADED


def _cluster(name: str, facts: observation.Observation | None, *, is_away: bool, busy: bool) -> dict[str, Any]:
    workloads = facts.workloads if facts else ()
    ready, wanted = (facts.ready, facts.wanted) if facts else (0, 0)
    return {
        "name": name,
        "state": _State.UNKNOWN if is_away else state_of(workloads, busy=busy),
        "ready": min(ready, wanted),
        "wanted": wanted,
        "trouble": facts.problems() if facts and not is_away else {},
        "image": workloads[0].runs if workloads else "",
    }


def _lost(rows: Iterable[dict[str, Any]]) -> set[str]:
    """The clusters where something that should be there is not."""
    return {row["name"] for row in rows if LOST & {*row.get("trouble", ())}}


def _runs(row: Observation | None) -> bool:
    return bool(row and row.facts.get("workloads"))


def _last_release(status: AppStatus, last: Release) -> None:
    status.last_release, status.last_release_state = last.number, last.state
    status.last_release_at = last.ended_at or last.started_at or last.created_at
