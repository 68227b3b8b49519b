"""The second track of a process: the same workload and Service beside the first, for strategies that need two."""

from __future__ import annotations

import copy

from apps_mgmt.rendering.facts import Manifest
from apps_mgmt.rendering.names import PROCESS, TRACK
from apps_mgmt.spec.names import CANARY

TRACKED = ("Deployment", "CloneSet", "StatefulSet", "Service")


def canary(manifest: Manifest) -> Manifest:
    """The manifest of the canary track, from that of the stable one. ValueError for a kind that has no tracks."""
    if manifest["kind"] not in TRACKED or PROCESS not in manifest["metadata"]["labels"]:
        raise ValueError(f"{manifest['kind']} {manifest['metadata']['name']} has no second track.")
    made = copy.deepcopy(manifest)
    made["metadata"]["name"] += CANARY
    made["metadata"]["labels"][TRACK] = "canary"
    spec = made["spec"]
    if made["kind"] == "Service":
        spec["selector"][TRACK] = "canary"
        return made
    spec["selector"]["matchLabels"][TRACK] = "canary"
    spec["template"]["metadata"]["labels"][TRACK] = "canary"
    for row in spec["template"]["spec"].get("topologySpreadConstraints", ()):
        row["labelSelector"]["matchLabels"][TRACK] = "canary"
    return made
