"""Lists: which objects, as of which version, in which pages. All pages of one list show the same moment."""

from __future__ import annotations

import base64
import json

from ..core import errors
from ..core.cluster import Cluster
from ..core.errors import Cause
from ..core.objects import Object, key_of
from . import queries
from .paths import Target
from .queries import Query

_LATEST = -1
_TOO_OLD = "The resourceVersion for the provided list is too old."
_REST_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)


def items(cluster: Cluster, target: Target, query: Query) -> tuple[list[Object], Object]:
    """``(objects in order of their keys, list metadata)``; 410 for a version or a page token that is too old."""
    limit, token = max(0, queries.number(query, "limit")), query.get("continue", "")
    queries.number(query, "timeoutSeconds")
    _check(query)
    if query.get("resourceVersion") == "0":
        limit = 0  # any version will do, so all of it comes from the watch cache, at once
    start = ""
    if token:
        at, start = _decode(token)
        version = cluster.store.version if at == _LATEST else at
    else:
        version = _version(cluster, query, limit=limit)
    rows = [(_place(target, obj), obj) for obj in _as_of(cluster, target, version, start=start)]
    found = sorted(rows, key=lambda row: row[0])
    test = queries.matcher(query, kind=target.kind)
    chosen = [
        (place, obj)
        for place, obj in found
        if place >= start
        and (test is None or test(obj))
        and (not target.name or obj["metadata"]["name"] == target.name)
    ]
    meta: Object = {"resourceVersion": str(version)}
    if limit and len(chosen) > limit:
        meta["continue"] = _encode(version, chosen[limit - 1][0] + "\0")
        if "labelSelector" not in query and "fieldSelector" not in query:
            meta["remainingItemCount"] = len(chosen) - limit
        chosen = chosen[:limit]
    return [obj for _place, obj in chosen], meta


def _check(query: Query) -> None:
    """Which options do not go together."""
    match, causes = query.get("resourceVersionMatch", ""), []
    version = query.get("resourceVersion", "")

    def forbid(field: str, words: str) -> None:
        causes.append(Cause(field, "FieldValueForbidden", f"Forbidden: {words}"))

    if match:
        if not version:
            forbid("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided")
        if query.get("continue"):
            forbid("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided")
        if match not in ("Exact", "NotOlderThan"):
            words = f'Unsupported value: "{match}": supported values: "Exact", "NotOlderThan", ""'
            causes.append(Cause("resourceVersionMatch", "FieldValueNotSupported", words))
        if match == "Exact" and version == "0":
            forbid("resourceVersionMatch", 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
    if "sendInitialEvents" in query:
        forbid("sendInitialEvents", "sendInitialEvents is forbidden for list")
    if causes:
        raise errors.invalid_options(causes)
    if query.get("continue") and version not in ("", "0"):
        raise errors.bad_request("specifying resource version is not allowed when using continue")


def _version(cluster: Cluster, query: Query, *, limit: int) -> int:
    """The version to show: the one asked for where it has to be that one, which a limit means too; else the present."""
    asked, present = queries.version(query), cluster.store.version
    if asked > present:
        raise errors.too_new(asked, current=present)
    exact = query.get("resourceVersionMatch") == "Exact" or (limit and not query.get("resourceVersionMatch"))
    return asked if asked and exact else present


def _as_of(cluster: Cluster, target: Target, version: int, *, start: str) -> list[Object]:
    try:
        return cluster.store.at(target.kind, version, namespace=target.namespace)
    except errors.ApiError as refusal:
        if refusal.code != 410:
            raise
        raise errors.gone(
            _REST_TOO_OLD if start else _TOO_OLD, token=_encode(_LATEST, start) if start else ""
        ) from refusal


def _place(target: Target, obj: Object) -> str:
    """Where an object stands in the list: its key without what all keys of the list begin with."""
    namespace, name = key_of(obj)
    return name if target.namespace or not namespace else f"{namespace}/{name}"


def _encode(version: int, start: str) -> str:
    token = json.dumps({"v": "meta.k8s.io/v1", "rv": version, "start": start}, separators=(",", ":"))
    return base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")


def _decode(token: str) -> tuple[int, str]:
    try:
        padded = token + "=" * (-len(token) % 4)
        value = json.loads(base64.b64decode(padded.encode(), altchars=b"-_", validate=True))
        version, start = int(value["rv"]), str(value["start"])
    except (ValueError, TypeError, KeyError) as error:
        raise errors.bad_request(f"invalid continue token: continue key is not valid: {error}") from error
    if value.get("v") != "meta.k8s.io/v1" or not start or version == 0 or version < _LATEST:
        why = "continue key is not valid: server does not recognize this encoded version"
        raise errors.bad_request(f"invalid continue token: {why}")
    return version, start
