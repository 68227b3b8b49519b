"""What a request asks for, as rights see it: told from its method and path alone, whether or not that is served."""

from __future__ import annotations

from ..core.access import Attributes
from .queries import Query, flag

_VERBS = {"POST": "create", "GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_PARTS_OF_NAMESPACES = ("status", "finalize")
_NAMED = "metadata.name="


def attributes(method: str, path: str, query: Query) -> Attributes:
    """The verb and the resource of a request, or its path when it is about none."""
    parts = [part for part in path.split("/") if part]
    before = {"api": 2, "apis": 3}.get(parts[0] if parts else "")
    if before is None or len(parts) <= before:
        return Attributes(method.lower(), path=path)
    group, rest = (parts[1] if before == 3 else ""), parts[before:]
    verb = _VERBS.get(method, "")
    if rest[0] == "watch" and len(rest) > 1:
        verb, rest = "watch", rest[1:]
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 1:
        namespace = rest[1]
        if len(rest) > 2 and rest[2] not in _PARTS_OF_NAMESPACES:
            rest = rest[2:]
    resource, name, subresource = (*rest, "", "")[:3]
    if not name and verb in ("get", "delete"):
        verb = _of_many(verb, query)
        name = _selected(query) if verb != "deletecollection" else ""
    return Attributes(verb, group, resource, subresource, namespace, name)


def _of_many(verb: str, query: Query) -> str:
    if verb == "delete":
        return "deletecollection"
    return "watch" if flag(query, "watch") else "list"


def _selected(query: Query) -> str:
    """The one name that a field selector asks for: a right to that object is enough then."""
    for term in query.get("fieldSelector", "").replace("==", "=").split(","):
        if term.startswith(_NAMED):
            return term.removeprefix(_NAMED)
    return ""
