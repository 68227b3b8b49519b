"""What a path of the API means."""

from __future__ import annotations

from typing import NamedTuple

from ..core import errors
from ..core.kinds import BY_PATH, SERVED, Kind


class Target(NamedTuple):
    """A collection (no name), an object, or a part of one. An empty namespace means all of them."""

    kind: Kind
    namespace: str
    name: str
    subresource: str
    watch: bool


def is_served(path: str) -> bool:
    """Whether anything answers here, if only to tell that there is no such resource: of custom kinds only what is."""
    parts = path.strip("/").split("/")
    if parts[0] != "apis" or len(parts) == 1:
        return parts[0] in ("api", "apis", "openapi")
    kinds = [kind for kind in SERVED if kind.group == parts[1]]
    if len(parts) > 2 and any(kind.custom for kind in kinds):
        kinds = [kind for kind in kinds if kind.version == parts[2] and (len(parts) == 3 or kind.plural in parts)]
    return bool(kinds)


def parse(path: str) -> Target:
    """Take ``/api/v1/…`` or ``/apis/group/version/…`` apart; 404 for what is not served."""
    parts = path.strip("/").split("/")
    if parts[0] == "api" and len(parts) >= 3:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) >= 4:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        raise errors.no_such_path()
    watch = rest[0] == "watch"
    rest = rest[1:] if watch else rest
    namespace = ""
    if rest and rest[0] == "namespaces" and len(rest) >= 3 and (group, version, rest[2]) in BY_PATH:
        namespace, rest = rest[1], rest[2:]
    kind = BY_PATH.get((group, version, rest[0])) if rest else None
    longer = len(rest) > 3 and rest[2] != "proxy"
    if kind is None or longer or (namespace and not kind.namespaced):
        raise errors.no_such_path()
    name = rest[1] if len(rest) > 1 else ""
    subresource = rest[2] if len(rest) > 2 else ""
    if subresource and subresource not in kind.subresources:
        raise errors.no_such_path()
    if name and kind.namespaced and not namespace:
        raise errors.no_such_path()
    return Target(kind, namespace, name, subresource, watch)
