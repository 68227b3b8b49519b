"""Drift of second tracks: what somebody changed of the instances that a release brought, while they stand beside the
others. No release counts that as its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from apps_mgmt.models import App
from apps_mgmt.rendering import key_of
from apps_mgmt.spec import names
from releases.drift.comparing import Applied, Drift, compare
from releases.models import Release, StepRun, Target
from releases.observation import Observation as Facts

CANARY = "canary"


def applied_beside(target: Target) -> Applied:
    """What a target's release applied as its second track; how many instances that has changes all the time."""
    keyed = {key_of(one): one for one in target.second_manifests}
    return Applied(cluster=target.cluster_name, manifests=keyed, replicas={})


def drifts_beside(app: App, seen: Mapping[UUID, Facts]) -> list[Drift]:
    """The drift of the second tracks that stand: of the release under way, or of one that ended half way. No query
    where nobody else has anything of one.
    """
    changed = [pk for pk, facts in seen.items() if is_changed_beside(facts)]
    if not changed:
        return []
    begun = StepRun.objects.filter(release__app=app, cluster_id__in=changed).values("release_id", "cluster_id")
    pairs = {(row["release_id"], row["cluster_id"]) for row in begun}
    rows = Target.objects.filter(release__in={one for one, _cluster in pairs}, cluster_id__in=changed)
    rows = rows.exclude(second={})
    last = rows.order_by("cluster_id", "-release__number").defer("manifests", "failed_with", "ended_with")
    found: dict[UUID, Target] = {}
    for target in last:
        if (target.release_id, target.cluster_id) in pairs:
            found.setdefault(target.cluster_id, target)
    return [one for target in found.values() for one in compare(seen[target.cluster_id], applied_beside(target))]


def second_gone(release: Release, objects: Iterable[str], seen: Mapping[UUID, Facts]) -> set[tuple[str, str]]:
    """Which of these `objects` (`Kind/name`) a release wrote as its second track, and are there no more: (cluster,
    object). No query where none of them is of a second track.
    """
    beside = {key for key in objects if key.endswith(names.CANARY)}
    if not beside:
        return set()
    clusters = dict(release.targets.values_list("cluster_id", "cluster_name"))
    return {
        (clusters[run.cluster_id], key)
        for run in StepRun.objects.filter(release=release, cluster_id__in=[pk for pk in clusters if pk in seen])
        for key in beside & run.output.get("objects", {}).keys()
        if seen[run.cluster_id].workload(*_named(key)) is None
    }


def _named(key: str) -> tuple[str, str]:
    kind, _slash, name = key.partition("/")
    return kind, name


def is_changed_beside(facts: Facts) -> bool:
    """Whether somebody else has anything of a second track."""
    return any(one.track == CANARY and one.foreign for one in facts.workloads)
