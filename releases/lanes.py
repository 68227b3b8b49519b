"""What each cluster shall run: manifests and instance counts of a spec, one lane per cluster."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from apps_mgmt.facts import facts_for
from apps_mgmt.models import App, Deployed
from apps_mgmt.rendering import Rendered, digest_manifests, must_recreate, render
from apps_mgmt.spec import AppSpec
from portal.errors import Refused
from releases.models import Target
from releases.second_track import Second, second_track
from tenants.models import Cluster, TenantCluster


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One cluster's part of a release. `manifests` in the order of applying; an empty lane removes everything."""

    cluster_id: uuid.UUID
    cluster_name: str
    manifests: Sequence[dict[str, Any]] = ()
    workloads: Sequence[dict[str, Any]] = ()
    digest: str = ""
    second: Second = field(default_factory=Second)


def stopped(lane: Lane) -> Lane:
    """The same without instances, and without what would make new ones."""
    manifests = [one for one in lane.manifests if one["kind"] != "HorizontalPodAutoscaler"]
    workloads = [{**row, "replicas": 0, "autoscaled": False} for row in lane.workloads]
    return Lane(
        cluster_id=lane.cluster_id,
        cluster_name=lane.cluster_name,
        manifests=manifests,
        workloads=workloads,
        digest=digest_manifests(manifests),
    )


def as_it_runs(target: Target) -> Lane:
    """What a target left on its cluster, as a lane of another release."""
    return Lane(
        cluster_id=target.cluster_id,
        cluster_name=target.cluster_name,
        manifests=target.manifests,
        workloads=target.workloads,
        digest=target.digest,
    )


def order(lanes: Sequence[Lane], *, first: Sequence[str]) -> list[Lane]:
    """The lanes with the named clusters first, in the order of naming."""
    place = {name: number for number, name in reversed(list(enumerate(first)))}
    return sorted(lanes, key=lambda lane: place.get(lane.cluster_name, len(place)))


def lanes_of(app: App, spec: AppSpec, *, grants: Sequence[TenantCluster]) -> list[Lane]:
    """A lane for every cluster the spec is placed on. SpecError when it cannot be rendered for one of them."""
    return [_lane(spec, cluster, render(spec, facts)) for cluster, facts in facts_for(app, spec, grants=grants)]


def refuse_recreation(app: App, lanes: Sequence[Lane]) -> None:
    """Raise Refused when an object that runs would have to be made anew, naming the field that cannot be changed."""
    running = Deployed.objects.filter(app=app).values("release_id")
    for target in Target.objects.filter(release_id__in=running):
        lane = next((one for one in lanes if one.cluster_id == target.cluster_id), None)
        old = {_name(manifest): manifest for manifest in target.manifests}
        for manifest in lane.manifests if lane else ():
            known = old.get(_name(manifest))
            if known is not None and (why := must_recreate(known, manifest)):
                raise Refused(" ".join(str(sentence) for sentence in why), code="must_recreate")


def _lane(spec: AppSpec, cluster: Cluster, rendered: Rendered) -> Lane:
    rows = [
        {
            "kind": one.kind,
            "name": one.name,
            "process": one.process,
            "replicas": one.number,
            "autoscaled": one.once,
            **_moves(spec, one.process),
            **({"adopted": True} if one.adopted else {}),
        }
        for one in rendered.replicas.values()
    ]
    return Lane(
        cluster_id=cluster.pk,
        cluster_name=cluster.name,
        manifests=rendered.manifests,
        workloads=rows,
        digest=digest_manifests(rendered.manifests),
        second=second_track(rendered.manifests, rows, spec.release.strategy),
    )


def _moves(spec: AppSpec, process: str) -> dict[str, str]:
    """How many more or fewer instances of a process there may be while it is replaced."""
    update = spec.process(process).update
    return {"surge": update.max_surge, "unavailable": update.max_unavailable}


def _name(manifest: dict[str, Any]) -> tuple[str, str]:
    return str(manifest["kind"]), str(manifest["metadata"]["name"])
