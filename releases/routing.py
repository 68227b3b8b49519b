"""Which hosts of a release can be given another share of the traffic now, and what is asked of it for that."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps_mgmt.rendering import key_of
from portal.access import Actor
from portal.errors import Conflict
from releases import restricting
from releases.asking import WeighRoute
from releases.loading import snapshot_of
from releases.models import Release, Target
from releases.states import ReleaseState
from releases.steps.pairs import nobody_at, weighing
from releases.weighing import run_that_weighs, shares, stands_beside

_GOING = (ReleaseState.RUNNING, ReleaseState.PAUSED)


@dataclass(frozen=True)
class Weighable:
    """`hosts`: host → percent of its traffic that new instances get. `routes`: host → cluster id → keys of its routes.

    `without`: the clusters on which a canary serves, and no route gives a share.
    """

    hosts: dict[str, int]
    routes: dict[str, dict[str, tuple[str, ...]]]
    without: tuple[str, ...] = ()


def can_be_weighed(release: Release) -> bool:
    """Whether there is anything to weigh now; no query where it goes by no canary."""
    if release.strategy != "canary" or ReleaseState(release.state) not in _GOING:
        return False
    snapshot = snapshot_of(release)
    return any(run_that_weighs(snapshot, one) for one in snapshot.targets)


def weighable(release: Release) -> Weighable:
    """What of a release can be weighed at this moment; no query where it goes by no canary."""
    found = Weighable({}, {})
    if release.strategy != "canary" or ReleaseState(release.state) not in _GOING:
        return found
    snapshot = snapshot_of(release)
    waiting = {one.cluster: one for one in snapshot.targets if run_that_weighs(snapshot, one)}
    beside = [one for one in snapshot.targets if stands_beside(snapshot, one)]
    for row in Target.objects.filter(release=release, cluster_id__in=waiting).only("cluster_id", "manifests"):
        target = waiting[str(row.cluster_id)]
        share, by_hand = shares(snapshot, target)
        for manifest in row.manifests:
            if (key := key_of(manifest)) not in weighing(target):
                continue
            for host in manifest["spec"].get("hostnames", ()):
                there = found.routes.setdefault(host, {})
                there[target.cluster] = (*there.get(target.cluster, ()), key)
                found.hosts.setdefault(host, by_hand.get(host, share))
    return Weighable(found.hosts, found.routes, tuple(one.name for one in beside if not weighing(one)))


def guard(subject: Release, action: WeighRoute, *, actor: Actor) -> None:
    """As `restricting.guard`; and Conflict where a share would lead requests to instances of which none is ready."""
    restricting.guard(subject, action, actor=actor)
    snapshot = snapshot_of(subject)
    for cluster in weighable(subject).routes.get(action.host, {}):
        target = snapshot.target(cluster)
        if target and (name := nobody_at(target, target.observation, share=action.share)):
            sentence = _(
                "No instance of {workload} is ready on {cluster}, so nobody would answer its part of the requests. "
                "Wait until one is, or give the others all of them."
            )
            raise Conflict(sentence.format(workload=name, cluster=target.name))
