"""The drift of an app: what its clusters say compared with what runs, and the conflicts its last release met; and what
others have at the very value that Slipway set, which the next release may meet.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from apps_mgmt.models import App
from apps_mgmt.rendering import key_of
from apps_mgmt.values import Left, load_left
from releases import observation, remains
from releases.drift.comparing import Applied, Drift, Value, compare, shown_value
from releases.drift.second import applied_beside, drifts_beside, second_gone
from releases.gateway.either import excluded_by
from releases.gateway.fields import MISSING
from releases.gateway.foreign import MOST_FIELDS, MOST_MANAGERS
from releases.gateway.ownership import is_mark
from releases.lanes import Lane
from releases.models import Observation, Release, Target
from releases.observation import Observation as Facts
from releases.scaled import AUTOSCALER, REPLICAS
from releases.states import ReleaseState

Seen = Mapping[uuid.UUID, Facts]
_WENT_WRONG = (ReleaseState.FAILED, ReleaseState.ROLLED_BACK)


def drifts(app: App, *, seen: Seen | None = None) -> list[Drift]:
    """All of it, what is left to others too. `seen` is what clusters said last, where it is known already."""
    return looked(app, seen=seen)[0]


def looked(app: App, *, seen: Seen | None = None) -> tuple[list[Drift], list[Drift]]:
    """The same, and what others have at the value that Slipway set."""
    seen = last_said(app) if seen is None else seen
    changed = [pk for pk, facts in seen.items() if any(one.foreign for one in facts.workloads)]
    found: dict[tuple[str, str, str], Drift] = {}
    for target in remains.running(app, on=changed) if changed else ():
        found |= {one.place: one for one in compare(seen[target.cluster_id], applied_by(target))}
    found |= {one.place: one for one in drifts_beside(app, seen)}
    if app.status.last_release_state in _WENT_WRONG:
        last = Release.objects.filter(app=app).order_by("-number").first()
        for one in _still_there(last, conflicts_of(last, seen=seen), seen) if last else ():
            known = found.get(one.place)
            found[one.place] = replace(known, ours=one.ours, release=one.release, same=False) if known else one
    rows = [found[place] for place in sorted(found)]
    return [one for one in rows if not one.same], [one for one in rows if one.same and not is_scaling(one)]


def untold(app: App, *, seen: Seen) -> list[tuple[str, str, int]]:
    """(cluster, object, count): of how many more fields that others have of an object clusters do not tell."""
    cut = [pk for pk, facts in seen.items() if any(one.untold for one in facts.workloads)]
    return [
        (target.cluster_name, f"{one.kind}/{one.name}", one.untold)
        for target in (remains.running(app, on=cut) if cut else ())
        for one in seen[target.cluster_id].workloads
        if one.untold
    ]


def would_meet(
    app: App, beside: Iterable[Drift], lanes: Iterable[Lane], *, counts: bool = False
) -> list[tuple[Drift, Value]]:
    """Which of what others have at the value that Slipway set a release of these lanes would be refused for, with what
    it would set there (None where that is not shown).

    `counts`: its strategy changes numbers of instances on the way, so that it meets whoever has one at any value.
    """
    found: list[tuple[Drift, Value]] = []
    for one, now, then, instead in _before_and_after(app, beside, lanes):
        if then is not MISSING and (now != then or (counts and one.field == REPLICAS)):
            found.append((one, shown_value(one.field, then)))
        elif instead and not is_left(app, replace(one, field=instead)):
            found.append((one, instead.rpartition(".")[2]))
    return found


def would_stay(app: App, beside: Iterable[Drift], lanes: Iterable[Lane]) -> list[Drift]:
    """Which of what others have at the value that Slipway set a release of these lanes drops: it stays, as theirs."""
    return [
        one
        for one, now, then, instead in _before_and_after(app, beside, lanes)
        # The number of instances that Slipway does not set is an autoscaler's.
        if then is MISSING and now is not MISSING and one.field != REPLICAS and not instead
    ]


def _before_and_after(
    app: App, beside: Iterable[Drift], lanes: Iterable[Lane]
) -> Iterator[tuple[Drift, Any, Any, str]]:
    """With what Slipway set there, what a release of these lanes would, and the field that it would set in its place,
    where both may not be: of each object that it brings.
    """
    runs = {one.cluster_name: applied_by(one) for one in remains.running(app)}
    comes = {one.cluster_name: applied_by(one) for one in lanes}
    for one in beside:
        if one.cluster in runs and one.cluster in comes and one.object in comes[one.cluster].manifests:
            now, then = (each[one.cluster].value(one.object, one.field) for each in (runs, comes))
            yield one, now, then, comes[one.cluster].instead(one.object, one.field)


def as_applied(found: Iterable[Drift], applied: Applied) -> list[Drift]:
    """The drift on a cluster, compared with what one release applies there. What another release wanted in the place
    of that is none then.
    """
    rows = []
    for one in found:
        if one.cluster != applied.cluster or (one.gone and applied.instead(one.object, one.field)):
            continue
        ours = shown_value(one.field, applied.value(one.object, one.field))
        same = one.same or (ours is not None and ours == one.live and not one.gone)
        rows.append(replace(one, ours=ours, same=same))
    return rows


def last_said(app: App) -> Seen:
    """Cluster → what it said of the app last."""
    rows = Observation.objects.filter(app=app)
    return {row.cluster_id: observation.load(row.facts) or Facts() for row in rows}


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
        if is_scaling(one) and not one.same
    ]


def is_scaling(drift: Drift) -> bool:
    """Whether it is the number of instances that an autoscaler of somebody else set."""
    return drift.field == REPLICAS and drift.manager == AUTOSCALER


def is_left(app: App, drift: Drift) -> bool:
    """Whether somebody chose to leave it to the manager that has it, or what stands in its place."""
    return any(one.place == drift.place or drift.gone for one in load_left(app.left) if binds(one, drift))


def binds(left: Left, drift: Drift) -> bool:
    """Whether what is left is this very field, or one of which only one may be set, with the manager that has it."""
    if (left.cluster, left.object, left.manager) != (drift.cluster, drift.object, drift.manager):
        return False
    return left.field == drift.field or bool(excluded_by(drift.field, left.field))


def _still_there(release: Release, conflicts: list[Drift], seen: Seen) -> list[Drift]:
    """Without those of a workload that ran, or stood beside it as a second track that a release wrote, and was deleted
    meanwhile; one that never was ours, no cluster tells of.
    """
    if not conflicts:
        return conflicts
    gone = {
        (target.cluster_name, f"{row['kind']}/{row['name']}")
        for target in remains.running(release.app, on=list(seen))
        for row in target.workloads
        if seen[target.cluster_id].workload(row["kind"], row["name"]) is None
    }
    gone |= second_gone(release, {one.object for one in conflicts}, seen)
    return [one for one in conflicts if (one.cluster, one.object) not in gone]


def conflicts_of(release: Release, *, seen: Seen) -> list[Drift]:
    """The fields of others that a release wanted to set, as far as they still are theirs."""
    targets = {one.cluster_name: one for one in release.targets.all()}
    found: dict[tuple[str, str, str], Drift] = {}
    for values in met(release):
        target = targets[values["cluster"]]
        facts, applied = seen.get(target.cluster_id, Facts()), applied_in_all(target)
        for field, manager in values["owners"].items():
            if is_mark(field):
                continue  # taken back by whatever release comes next
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


def applied_by(target: Target | Lane) -> Applied:
    """What a target's release applies there, or one that is not frozen yet would."""
    keyed = {key_of(one): one for one in target.manifests}
    counted = {f"{row['kind']}/{row['name']}": row["replicas"] for row in target.workloads if not row["autoscaled"]}
    return Applied(cluster=target.cluster_name, manifests=keyed, replicas=counted)


def applied_in_all(target: Target) -> Applied:
    """The same, with what its release applied as a second track."""
    main = applied_by(target)
    return replace(main, manifests={**main.manifests, **applied_beside(target).manifests})


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
    for owner in workload.foreign:
        for one in owner.fields:
            if not one.gone and (there := excluded_by(drift.field, one.path)):
                return replace(drift, manager=owner.manager, at=owner.at, live=there.rpartition(".")[2], gone=True)
    # A cluster tells of so many fields at most; of what is beyond that, nobody knows.
    told = sum(len(owner.fields) for owner in workload.foreign)
    return drift if told >= MOST_FIELDS or len(workload.foreign) >= MOST_MANAGERS else None
