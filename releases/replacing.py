"""Where a release replaces no instance: it changes how many there are, if anything, and so none comes on top."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from apps_mgmt.models import App
from apps_mgmt.spec import AppSpec, Process, SpecError, load, on_cluster
from apps_mgmt.spec.steps import leaves
from apps_mgmt.spec.steps_acting import BuildStep
from releases import remains, standing
from releases.drift.looking import drifts
from releases.lanes import lanes_of
from tenants.clusters import grants_of

Templates = Mapping[tuple[str, str], Any]


def kept(app: App, spec: AppSpec, present: standing.Present, *, among: Collection[str]) -> set[str]:
    """The clusters among these where all instances of an app stay as they are when a release of the spec comes.

    None while another release is not over, and none where one ended half way or where somebody changed something by
    hand, which the release may put back. No query is made where the spec alone says that something is replaced.
    """
    if present.coming or not _rolls(spec):
        return set()
    places = [one for one in present.places if one.cluster in among and not (one.half_way or one.stopped)]
    alike = {
        one.cluster
        for one in places
        if _processes(load(one.revision.spec), one.cluster) == _processes(spec, one.cluster)
    }
    if not alike:
        return set()
    try:
        lanes = lanes_of(app, spec, grants=grants_of(app.tenant_id))
    except SpecError:  # it is told where the spec is looked at for its own sake
        return set()
    new = {lane.cluster_name: _templates(lane.manifests) for lane in lanes}
    old = {target.cluster_name: _templates(target.manifests) for target in remains.running(app)}
    alike = {name for name in alike if name in old and new.get(name) == old[name]}
    return alike - {one.cluster for one in drifts(app)} if alike else alike


def _rolls(spec: AppSpec) -> bool:
    """Whether instances are replaced only where they differ: no second track, no plan of its own, nothing is built."""
    strategy = spec.release.strategy
    plain = strategy.kind == "rolling" and not strategy.steps
    return plain and not any(isinstance(one, BuildStep) for one in leaves(spec.release.steps))


def _processes(spec: AppSpec, cluster: str) -> list[Process]:
    """The processes as they are there, whatever their numbers of instances."""
    return [one.change(replicas=1, autoscaler=None) for one in on_cluster(spec, cluster).processes]


def _templates(manifests: Collection[Mapping[str, Any]]) -> Templates:
    """(kind, name) → what each workload makes its instances of."""
    specs = {(str(one["kind"]), str(one["metadata"]["name"])): one.get("spec") or {} for one in manifests}
    return {key: spec["template"] for key, spec in specs.items() if "template" in spec}
