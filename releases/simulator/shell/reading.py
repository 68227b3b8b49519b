"""GET of one object, and of lists: selectors, pages, versions."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

from aiohttp import web

from ..core import errors
from ..core.cluster import Cluster
from ..core.kinds import Kind
from ..core.objects import Object, key_of
from ..core.selectors import by_fields, by_labels
from . import rendering
from .paths import Target

Query = dict[str, str]


def matcher(query: Query, *, kind: Kind) -> Callable[[Object], bool] | None:
    """One test for both selectors of a query; None when there is neither."""
    tests = [
        test
        for test in (
            by_labels(query.get("labelSelector", "")),
            by_fields(query.get("fieldSelector", ""), kind=kind),
        )
        if test is not None
    ]
    return (lambda obj: all(test(obj) for test in tests)) if tests else None


def flag(query: Query, name: str) -> bool:
    return query.get(name, "").lower() in ("true", "1")


def number(query: Query, name: str) -> int:
    text = query.get(name, "") or "0"
    if not text.isdigit():
        raise errors.bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax ({name})')
    return int(text)


def _decode(token: str) -> tuple[int, tuple[str, str]]:
    try:
        version, namespace, name = json.loads(base64.urlsafe_b64decode(token.encode()))
        return int(version), (str(namespace), str(name))
    except (ValueError, TypeError) as error:
        raise errors.bad_request("continue key is not valid") from error


def _encode(version: int, key: tuple[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps([version, *key]).encode()).decode()


def items(cluster: Cluster, target: Target, query: Query) -> tuple[list[Object], Object]:
    """``(objects in order of namespace and name, list metadata)``; 410 for a page token that is too old."""
    test = matcher(query, kind=target.kind)
    found = [obj for obj in cluster.store.each(target.kind, namespace=target.namespace) if test is None or test(obj)]
    if target.name:
        found = [obj for obj in found if obj["metadata"]["name"] == target.name]
    found.sort(key=key_of)
    asked = number(query, "resourceVersion")
    if asked > cluster.store.version:
        raise errors.ApiError(504, "Timeout", f"Too large resource version: {asked}, current: {cluster.store.version}")
    version = cluster.store.version
    if token := query.get("continue"):
        version, after = _decode(token)
        cluster.store.since(target.kind, version)
        found = [obj for obj in found if key_of(obj) > after]
    meta: Object = {"resourceVersion": str(version)}
    limit = number(query, "limit")
    if limit and len(found) > limit:
        meta["continue"] = _encode(version, key_of(found[limit - 1]))
        meta["remainingItemCount"] = len(found) - limit
        if "labelSelector" in query or "fieldSelector" in query:
            del meta["remainingItemCount"]
        found = found[:limit]
    return found, meta


def answer(value: Object, *, code: int = 200, warnings: list[str] | None = None) -> web.Response:
    response = web.Response(body=rendering.to_bytes(value), status=code, content_type="application/json")
    for warning in warnings or ():
        response.headers.add("Warning", '299 - "' + warning.replace('"', '\\"') + '"')
    return response


def get(cluster: Cluster, target: Target, query: Query, *, accept: str) -> web.Response:
    form, include = rendering.wanted(accept), query.get("includeObject", "Metadata")
    if target.name:
        obj = cluster.api.get(target.kind, target.namespace, target.name, subresource=target.subresource)
        if target.subresource == "scale":
            return answer(obj)
        return answer(rendering.one(obj, kind=target.kind, form=form, include=include, now=cluster.now))
    found, meta = items(cluster, target, query)
    shown = rendering.many(found, kind=target.kind, form=form, include=include, now=cluster.now, meta=meta)
    return answer(shown)
