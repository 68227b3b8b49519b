"""The drift of an app: what its clusters say compared with what runs, and the conflicts its last release met."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from apps_mgmt.models import App
from apps_mgmt.rendering import key_of
from apps_mgmt.values import Left, load_left
from releases import observation, remains
from releases.drift.comparing import Applied, Drift, compare, shown_value
from releases.models import Observation, Release, Target
from releases.observation import Observation as Facts
from releases.scaled import AUTOSCALER, REPLICAS
from releases.states import ReleaseState

Seen = Mapping[uuid.UUID, Facts]
_WENT_WRONG = (ReleaseState.FAILED, ReleaseState.ROLLED_BACK)


def drifts(app: App, *, seen: Seen | None = None) -> list[Drift]:
    """All of it, what is left to others too. `seen` is what clusters said last, where it is known already."""
    if seen is None:
        rows = Observation.objects.filter(app=app)
        seen = {row.cluster_id: observation.load(row.facts) or Facts() for row in rows}
    changed = [pk for pk, facts in seen.items() if any(one.foreign for one in facts.workloads)]
    found: dict[tuple[str, str, str], Drift] = {}
    for target in remains.running(app, on=changed) if changed else ():
        found |= {one.place: one for one in compare(seen[target.cluster_id], applied_by(target))}
    if app.status.last_release_state in _WENT_WRONG:
        last = Release.objects.filter(app=app).order_by("-number").first()
        for one in _still_there(app, conflicts_of(last, seen=seen) if last else [], seen):
            known = found.get(one.place)
            found[one.place] = replace(known, ours=one.ours, release=one.release) if known else one
    return [found[place] for place in sorted(found)]


def open_drifts(app: App, *, seen: Seen | None = None) -> list[Drift]:
    """The drift that nobody has left to whoever changed it."""
    return [one for one in drifts(app, seen=seen) if not is_left(app, one)]


def scaled_by_others(app: App, *, said: Iterable[Observation] | None = None) -> list[Left]:
    """The numbers of instances that autoscalers of somebody else set: left to them until somebody takes them over.

    `said`: the rows of what clusters said last, where they were read already.
    """
    rows = Observation.objects.filter(app=app) if said is None else said
    seen = {row.cluster_id: observation.load(row.facts) or Facts() for row in rows}
    scaled = [pk for pk, facts in seen.items() if any(one.is_scaled_by_others for one in facts.workloads)]
    found: list[Drift] = []
    for target in remains.running(app, on=scaled) if scaled else ():
        found += compare(seen[target.cluster_id], applied_by(target))
    return [
        Left(cluster=one.cluster, object=one.object, field=one.field, manager=one.manager)
        for one in found
        if is_scaling(one)
    ]


def is_scaling(drift: Drift) -> bool:
    """Whether it is the number of instances that an autoscaler of somebody else set."""
    return drift.field == REPLICAS and drift.manager == AUTOSCALER


def is_left(app: App, drift: Drift) -> bool:
    """Whether somebody chose to leave it to the manager that has it."""
    return any(one.place == drift.place and one.manager == drift.manager for one in load_left(app.left))


def _still_there(app: App, conflicts: list[Drift], seen: Seen) -> list[Drift]:
    """Without those of a workload that ran and was deleted meanwhile; one that never was ours, no cluster tells of."""
    if not conflicts:
        return conflicts
    gone = {
        (target.cluster_name, f"{row['kind']}/{row['name']}")
        for target in remains.running(app, on=list(seen))
        for row in target.workloads
        if seen[target.cluster_id].workload(row["kind"], row["name"]) is None
    }
    return [one for one in conflicts if (one.cluster, one.object) not in gone]


def conflicts_of(release: Release, *, seen: Seen) -> list[Drift]:
    """The fields of others that a release wanted to set, as far as they still are theirs."""
    targets = {one.cluster_name: one for one in release.targets.all()}
    found: dict[tuple[str, str, str], Drift] = {}
    for values in met(release):
        target = targets[values["cluster"]]
        facts, applied = seen.get(target.cluster_id, Facts()), applied_by(target)
        for field, manager in values["owners"].items():
            drift = Drift(
                cluster=target.cluster_name,
                object=values["object"],
                field=field,
                manager=manager,
                ours=shown_value(field, applied.value(values["object"], field)),
                release=release.number,
            )
            if (told := _as_seen(drift, facts)) is not None:
                found[drift.place] = told
    return list(found.values())


def met(release: Release) -> list[Mapping[str, Any]]:
    """`{cluster, object, owners: {field: manager}, …}` of each conflict that stopped a release."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for why in (release.reason, *release.targets.values_list("reason", flat=True)):
        reason = why
        while reason:
            values = reason.get("values", {})
            if values.get("owners"):
                found[values["cluster"], values["object"]] = values
            reason = values.get("waited")
    return list(found.values())


def applied_by(target: Target) -> Applied:
    """What a target's release applies there."""
    keyed = {key_of(one): one for one in target.manifests}
    counted = {f"{row['kind']}/{row['name']}": row["replicas"] for row in target.workloads if not row["autoscaled"]}
    return Applied(cluster=target.cluster_name, manifests=keyed, replicas=counted)


def _as_seen(drift: Drift, facts: Facts) -> Drift | None:
    """The conflict with what the cluster says of it now; None where it says that nobody else has the field any more."""
    kind, _slash, name = drift.object.partition("/")
    workload = facts.workload(kind, name)
    if workload is None:
        return drift
    for owner in workload.foreign:
        for one in owner.fields:
            if one.path == drift.field:
                return replace(drift, manager=owner.manager, at=owner.at, live=one.value, gone=one.gone)
    return None
