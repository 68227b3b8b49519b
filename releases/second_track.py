"""What stands beside an app's workloads for a while, where the strategy needs two tracks. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps_mgmt.rendering import Manifest, canary, key_of
from apps_mgmt.rendering.tracks import leads_to, preview
from apps_mgmt.spec import Strategy
from apps_mgmt.spec.names import CANARY
from apps_mgmt.spec.steps import leaves
from apps_mgmt.spec.steps_acting import TrafficStep

KINDS = {"batches": ("Deployment",), "canary": ("Deployment",), "blue-green": ("Deployment", "CloneSet")}
"""Which workloads get a second one beside them; the others of these strategies replace their instances themselves."""


@dataclass(frozen=True)
class Second:
    """`workloads` are rows as those of `Target.workloads`, `routes` the keys of those that can give it a share."""

    manifests: tuple[Manifest, ...] = ()
    workloads: tuple[dict[str, Any], ...] = ()
    routes: tuple[str, ...] = ()

    def row(self) -> dict[str, Any]:
        """What is kept with a target, besides the manifests."""
        if not self.manifests:
            return {}
        return {
            "workloads": list(self.workloads),
            "objects": [key_of(one) for one in self.manifests],
            "routes": list(self.routes),
        }


def second_track(manifests: Sequence[Manifest], workloads: Sequence[Mapping[str, Any]], strategy: Strategy) -> Second:
    """The second track of an app on a cluster, from what was rendered for it; nothing where the strategy needs none."""
    kinds = KINDS.get(strategy.kind, ())
    tracked = [dict(row) for row in workloads if row["kind"] in kinds and not row.get("adopted")]
    if not tracked:
        return Second()
    names = {row["name"] for row in tracked}
    doubled = [one for one in manifests if one["metadata"]["name"] in names and one["kind"] in ("Service", *kinds)]
    made = [canary(one) for one in doubled if one["kind"] != "Service" or strategy.kind != "batches"]
    services = {one["metadata"]["name"] for one in doubled if one["kind"] == "Service"}
    if strategy.preview_host and (shown := preview(manifests, services, strategy.preview_host)):
        made.append(shown)
    steps = strategy.kind == "canary" and any(isinstance(step, TrafficStep) for step in leaves(strategy.steps))
    rows = [{**row, "name": row["name"] + CANARY, "track": "canary", "autoscaled": False} for row in tracked]
    routes = (key_of(one) for one in manifests if steps and leads_to(one, services))
    return Second(tuple(made), tuple(rows), tuple(routes))
