"""What keeps the instances of a tenant to its own nodes, or in its own runtime. It prevails over any spec."""

from __future__ import annotations

from apps_mgmt.rendering.facts import Facts, Manifest


def isolated(pod: Manifest, facts: Facts) -> Manifest:
    """The spec of an instance, held to the tenant's nodes and runtime; as it is where there are none."""
    held = dict(pod)
    if facts.node is not None:
        key, value = facts.node
        taint = {"key": key, "operator": "Equal", "value": value}
        others = [row for row in pod.get("tolerations", ()) if row != taint]
        held |= {"nodeSelector": {**pod.get("nodeSelector", {}), key: value}, "tolerations": [*others, taint]}
    if facts.runtime_class:
        held["runtimeClassName"] = facts.runtime_class
    return held
