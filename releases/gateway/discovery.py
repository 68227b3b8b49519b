"""What a cluster serves: its version, its groups, and which form of the optional kinds."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from releases.gateway.client import Client
from releases.gateway.errors import RightMissing
from releases.gateway.kinds import CLONESET_GROUP, GATEWAY_GROUP, NAMESPACE, Kind
from releases.gateway.refusals import Absent

KEEP_SECONDS = 300.0
IDENTITY = "kube-system"
"""The namespace by whose uid a cluster is told from every other: each has one, made with the cluster, never anew."""

_known: dict[tuple[str, str], tuple[float, dict[str, list[str]]]] = {}
_lock = threading.Lock()


def groups(client: Client) -> dict[str, list[str]]:
    """Versions by group, the preferred one first. Asked at most every five minutes per cluster and process."""
    key = (client.connection.name, client.connection.server)
    with _lock:
        asked, answer = _known.get(key, (float("-inf"), {}))
    if time.monotonic() - asked < KEEP_SECONDS:
        return answer
    listing = client.json("GET", "/apis", what="/apis")
    answer = {str(group["name"]): versions_of(group) for group in listing.get("groups") or []}
    with _lock:
        _known[key] = (time.monotonic(), answer)
    return answer


def served(client: Client, kinds: Iterable[Kind]) -> list[Kind]:
    """Those of `kinds` whose group the cluster has, each in the version Slipway prefers, else in the cluster's."""
    found = groups(client)
    chosen = []
    for kind in kinds:
        versions = found.get(kind.group, []) if kind.group else ["v1"]
        if kind.version in versions:
            chosen.append(kind)
        elif versions and kind.group == CLONESET_GROUP:
            chosen.append(replace(kind, api_version=f"{kind.group}/{versions[0]}"))
    return chosen


def capabilities(client: Client) -> dict[str, Any]:
    """`{server_version, groups: {group: [versions]}, gateway_api: version or "", cloneset: version or "", uid}`.

    `uid` is the cluster's, see `IDENTITY`; it is not in the answer where the account may not read it, so that nobody
    who knows less makes it forgotten.
    """
    with _lock:
        _known.pop((client.connection.name, client.connection.server), None)
    version = client.json("GET", "/version", what="/version")
    found = groups(client)
    return {
        "server_version": str(version.get("gitVersion") or ""),
        "groups": found,
        "gateway_api": _version_with(client, GATEWAY_GROUP, "httproutes", found),
        "cloneset": _version_with(client, CLONESET_GROUP, "clonesets", found),
        **_identity(client),
    }


def identity_in(namespace: dict[str, Any] | None) -> dict[str, str]:
    """`{uid}` from what a cluster answered for the namespace `IDENTITY`, `{}` where it did not say."""
    uid = str(((namespace or {}).get("metadata") or {}).get("uid") or "")
    return {"uid": uid} if uid else {}


def _identity(client: Client) -> dict[str, str]:
    try:
        return identity_in(client.find(NAMESPACE, IDENTITY))
    except RightMissing:
        return {}


def _version_with(client: Client, group: str, plural: str, found: dict[str, list[str]]) -> str:
    for version in found.get(group, []):
        try:
            listing = client.json("GET", f"/apis/{group}/{version}", what=f"{group}/{version}")
        except Absent:
            continue
        if any(resource.get("name") == plural for resource in listing.get("resources") or []):
            return version
    return ""


def versions_of(group: dict[str, Any]) -> list[str]:
    """The versions of one entry of `/apis`, the preferred one first."""
    versions = [str(entry["version"]) for entry in group.get("versions") or []]
    preferred = str((group.get("preferredVersion") or {}).get("version") or "")
    return sorted(versions, key=lambda version: version != preferred)
