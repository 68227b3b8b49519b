"""The second track of a process, and the forms that objects take while two tracks stand side by side. Pure.

Each function gives an object as it shall be for a while; the frozen manifest itself is how it ends.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable

from apps_mgmt.rendering.facts import Manifest
from apps_mgmt.rendering.names import PROCESS, TRACK
from apps_mgmt.spec.names import CANARY

TRACKED = ("Deployment", "CloneSet", "StatefulSet", "Service")
PARTITIONED = ("CloneSet", "StatefulSet")
ROUTES = ("HTTPRoute", "Ingress")
BETA = "apps.kruise.io/v1beta1"


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


def opened(service: Manifest, doors: str) -> Manifest:
    """A Service that leads to the instances of one track (`stable`, `canary`), or of `both`."""
    made = copy.deepcopy(service)
    made["spec"]["selector"].pop(TRACK, None)
    if doors != "both":
        made["spec"]["selector"][TRACK] = doors
    return made


def leads_to(route: Manifest, services: Collection[str]) -> bool:
    """Whether an HTTPRoute leads to one of these Services."""
    return route["kind"] == "HTTPRoute" and any(one["name"] in services for one in _backends(route))


def weighted(
    route: Manifest, services: Collection[str], *, share: int, header: tuple[str, str] | None = None
) -> Manifest:
    """An HTTPRoute that gives the second track of these Services a share in percent, and all requests with a header."""
    made = copy.deepcopy(route)
    rules: list[Manifest] = []
    for rule in made["spec"].get("rules", ()):
        backends = rule.get("backendRefs", ())
        tracked = any(one["name"] in services for one in backends)
        if tracked and header:
            rules.append(_for_header(rule, services, header))
        if tracked:
            rule["backendRefs"] = [one for backend in backends for one in _split(backend, services, share)]
        rules.append(rule)
    made["spec"]["rules"] = rules
    return made


def pinned(autoscaler: Manifest, number: int) -> Manifest:
    """An autoscaler that may do nothing but keep this number; at 0 the cluster itself lets it rest."""
    made = copy.deepcopy(autoscaler)
    made["spec"]["minReplicas"] = made["spec"]["maxReplicas"] = max(1, number)
    return made


def partitioned(workload: Manifest, old: int) -> Manifest:
    """A StatefulSet or CloneSet of which so many instances stay at their old revision."""
    made = copy.deepcopy(workload)
    update = made["spec"].setdefault("updateStrategy", {})
    if workload["kind"] == "StatefulSet" or workload["apiVersion"] == BETA:
        update.setdefault("rollingUpdate", {})["partition"] = old
    else:
        update["partition"] = old
    return made


def preview(routes: Iterable[Manifest], services: Collection[str], host: str) -> Manifest | None:
    """A route by which the second track is reached under a host of its own; None where no route leads to the app."""
    for route in routes:
        if route["kind"] == "HTTPRoute" and leads_to(route, services):
            made = weighted(route, services, share=100)
            made["spec"]["hostnames"] = [host]
            for parent in made["spec"].get("parentRefs", ()):
                if parent.get("sectionName", "") not in ("", "http"):
                    parent["sectionName"] = "http"
        elif route["kind"] == "Ingress" and any(name in services for name in _of_ingress(route)):
            made = copy.deepcopy(route)
            made["spec"].pop("tls", None)
            for rule in made["spec"]["rules"]:
                rule["host"] = host
                for path in rule["http"]["paths"]:
                    service = path["backend"]["service"]
                    service["name"] += CANARY if service["name"] in services else ""
        else:
            continue
        made["metadata"]["name"] += CANARY
        return made
    return None


def _backends(route: Manifest) -> list[Manifest]:
    return [one for rule in route["spec"].get("rules", ()) for one in rule.get("backendRefs", ())]


def _of_ingress(ingress: Manifest) -> list[str]:
    rules = ingress["spec"].get("rules", ())
    return [path["backend"]["service"]["name"] for rule in rules for path in rule["http"]["paths"]]


def _split(backend: Manifest, services: Collection[str], share: int) -> list[Manifest]:
    if backend["name"] not in services:
        return [backend]
    return [{**backend, "weight": 100 - share}, {**backend, "name": backend["name"] + CANARY, "weight": share}]


def _for_header(rule: Manifest, services: Collection[str], header: tuple[str, str]) -> Manifest:
    """A rule before the one it comes from, for requests with the header alone."""
    made = copy.deepcopy(rule)
    match = {"type": "Exact", "name": header[0], "value": header[1]}
    made["matches"] = [{**one, "headers": [*one.get("headers", ()), match]} for one in made.get("matches") or [{}]]
    made["backendRefs"] = [
        {**one, "name": one["name"] + CANARY} if one["name"] in services else one for one in made["backendRefs"]
    ]
    return made
