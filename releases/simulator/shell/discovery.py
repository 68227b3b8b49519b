"""What the cluster serves, in the old documents and the aggregated one."""

from __future__ import annotations

from typing import Any

from ..core import errors
from ..core.kinds import SERVED, Kind
from ..core.seed import VERSION

_SUBRESOURCES: dict[str, tuple[str, str, str, list[str]]] = {
    "status": ("", "", "", ["get", "patch", "update"]),
    "scale": ("autoscaling", "v1", "Scale", ["get", "patch", "update"]),
    "log": ("", "", "", ["get"]),
    "proxy": ("", "v1", "PodProxyOptions", ["create", "delete", "get", "patch", "update"]),
    "eviction": ("policy", "v1", "Eviction", ["create"]),
    "token": ("authentication.k8s.io", "v1", "TokenRequest", ["create"]),
}


def version() -> dict[str, str]:
    major, minor, _ = VERSION.removeprefix("v").split(".")
    return {
        "major": major,
        "minor": minor,
        "gitVersion": VERSION,
        "gitCommit": "simulated",
        "gitTreeState": "clean",
        "buildDate": "2026-01-01T00:00:00Z",
        "goVersion": "none",
        "compiler": "none",
        "platform": "linux/amd64",
    }


def groups() -> dict[str, list[str]]:
    """Served versions of each named group, in order, the preferred one first."""
    found: dict[str, list[str]] = {}
    for kind in SERVED:
        versions = found.setdefault(kind.group, []) if kind.group else []
        if kind.version not in versions:
            versions.append(kind.version)
    return found


def _group(name: str) -> dict[str, Any]:
    rows = [{"groupVersion": f"{name}/{version}", "version": version} for version in groups()[name]]
    return {"name": name, "versions": rows, "preferredVersion": rows[0]}


def _resources(group: str, served: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for kind in SERVED:
        if (kind.group, kind.version) != (group, served):
            continue
        row: dict[str, Any] = {
            "name": kind.plural,
            "singularName": kind.singular,
            "namespaced": kind.namespaced,
            "kind": kind.kind,
            "verbs": list(kind.verbs),
        }
        if kind.short:
            row["shortNames"] = list(kind.short)
        if kind.categories:
            row["categories"] = list(kind.categories)
        rows.append(row)
        for name in kind.subresources:
            sub_group, sub_version, sub_kind, verbs = _SUBRESOURCES[name]
            part: dict[str, Any] = {
                "name": f"{kind.plural}/{name}",
                "singularName": "",
                "namespaced": kind.namespaced,
                "kind": sub_kind or kind.kind,
                "verbs": verbs,
            }
            if sub_group:
                part |= {"group": sub_group, "version": sub_version}
            rows.append(part)
    return rows


def _aggregated(names: list[str]) -> dict[str, Any]:
    items = []
    for group in names:
        rows = []
        for served in groups().get(group, ["v1"]):
            resources = [_aggregated_resource(kind) for kind in SERVED if (kind.group, kind.version) == (group, served)]
            rows.append({"version": served, "freshness": "Current", "resources": resources})
        items.append({"metadata": {"name": group, "creationTimestamp": None}, "versions": rows})
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}


def _aggregated_resource(kind: Kind) -> dict[str, Any]:
    parts = []
    for name in kind.subresources:
        group, served, sub_kind, verbs = _SUBRESOURCES[name]
        response = {
            "group": group if sub_kind else kind.group,
            "version": served or kind.version,
            "kind": sub_kind or kind.kind,
        }
        parts.append({"subresource": name, "responseKind": response, "verbs": verbs})
    row: dict[str, Any] = {
        "resource": kind.plural,
        "responseKind": {"group": kind.group, "version": kind.version, "kind": kind.kind},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": list(kind.verbs),
    }
    for field, values in (("shortNames", kind.short), ("categories", kind.categories), ("subresources", parts)):
        if values:
            row[field] = list(values)
    return row


def document(path: str, *, aggregated: bool) -> dict[str, Any]:
    """The discovery document at a path; 404 for a group or version that is not served."""
    parts = path.strip("/").split("/")
    if path.strip("/") == "api":
        if aggregated:
            return _aggregated([""])
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
    if path.strip("/") == "apis":
        if aggregated:
            return _aggregated(list(groups()))
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(name) for name in groups()]}
    if parts[0] == "apis" and len(parts) == 2 and parts[1] in groups():
        return {"kind": "APIGroup", "apiVersion": "v1", **_group(parts[1])}
    group = parts[1] if parts[0] == "apis" else ""
    served = parts[-1]
    if served not in (groups().get(group, []) if group else ["v1"]) or len(parts) != (3 if group else 2):
        raise errors.no_such_path()
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{group}/{served}" if group else served,
        "resources": _resources(group, served),
    }
