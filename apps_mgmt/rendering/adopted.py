"""Processes that are workloads which ran before Slipway: under their own names, found by their own selectors.

Such a process is rendered like any other, but without what only Slipway's own names need: its variables stand in the
template, ports are told by number, and the labels of its instances stay their own. What that says today and did not say
when the workload was taken over is then brought into the spec that ran, and nothing else is.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from apps_mgmt.rendering.facts import Facts, Manifest
from apps_mgmt.rendering.merging import merged
from apps_mgmt.rendering.names import object_name, selector
from apps_mgmt.spec.adopted import Adopted
from apps_mgmt.spec.process import Process

# On the object itself: which Deployment it has to be, and a label by which the agent knows whose instances to look for.
ADOPTS = "slipway.dev/adopts"
ADOPTED = "slipway.dev/adopted"


def workload_name(process: Process, facts: Facts) -> str:
    """What the workload of a process is called on this cluster."""
    adopted = process.adopted_on(facts.cluster)
    return adopted.workload if adopted else object_name(facts.app, process.name)


def pod_selector(process: Process, facts: Facts) -> dict[str, str]:
    """By which labels the instances of a process are found on this cluster."""
    adopted = process.adopted_on(facts.cluster)
    return {row.key: row.value for row in adopted.selector} if adopted else selector(facts, process.name)


def as_kept(adopted: Adopted, process: Process, usual: Mapping[str, Any]) -> Manifest:
    """The spec of the workload: as it ran, with what is `usual` today and was not when it was taken over."""
    now = comparable(adopted, process, usual)
    spec: Manifest = merged(json.loads(adopted.kept), json.loads(adopted.written), now)
    return {"selector": {"matchLabels": {row.key: row.value for row in adopted.selector}}, **spec}


def comparable(adopted: Adopted, process: Process, usual: Mapping[str, Any]) -> Manifest:
    """What Slipway would write, with containers and volumes called what they are called in the workload."""
    spec: Manifest = copy.deepcopy({name: value for name, value in usual.items() if name != "selector"})
    pod = spec["template"]["spec"]
    kept = json.loads(adopted.kept).get("template", {}).get("spec", {})
    for container in pod["containers"]:
        if container["name"] == process.name:
            container["name"] = adopted.container
    names = _volume_names(kept, pod)
    for volume in pod.get("volumes", ()):
        volume["name"] = names.get(volume["name"], volume["name"])
    for mount in _mounts(pod):
        mount["name"] = names.get(mount["name"], mount["name"])
    return spec


def _volume_names(kept: Mapping[str, Any], pod: Mapping[str, Any]) -> dict[str, str]:
    """Our names of volumes → theirs, told by where they are mounted."""
    there = {mount["mountPath"]: mount["name"] for mount in _mounts(kept)}
    return {
        mount["name"]: there[mount["mountPath"]]
        for mount in _mounts(pod)
        if mount["name"].startswith("temp-") and mount["mountPath"] in there
    }


def _mounts(pod: Mapping[str, Any]) -> list[dict[str, Any]]:
    containers = [*pod.get("initContainers", ()), *pod.get("containers", ())]
    return [mount for container in containers for mount in container.get("volumeMounts", ())]
