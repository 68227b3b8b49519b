"""GET of one object and of lists."""

from __future__ import annotations

from aiohttp import web

from ..core import errors
from ..core.cluster import Cluster
from ..core.objects import Object
from . import listing, queries, rendering
from .paths import Target
from .queries import Query


def answer(value: Object, *, code: int = 200, warnings: list[str] | None = None) -> web.Response:
    response = web.Response(body=rendering.to_bytes(value), status=code, content_type="application/json")
    for warning in warnings or ():
        response.headers.add("Warning", '299 - "' + warning.replace('"', '\\"') + '"')
    return response


def refusal(error: errors.ApiError) -> web.Response:
    """The answer to what is refused; one that comes too often is told when to come again."""
    response = answer(error.status, code=error.code)
    wait = error.status.get("details", {}).get("retryAfterSeconds")
    if error.code == 429 and wait:
        response.headers["Retry-After"] = str(wait)
    return response


def get(cluster: Cluster, target: Target, query: Query, *, accept: str) -> web.Response:
    form, include = rendering.wanted(accept), query.get("includeObject", "Metadata")
    if target.name:
        queries.not_to_come(query, present=cluster.store.version)
        obj = cluster.api.get(target.kind, target.namespace, target.name, subresource=target.subresource)
        if target.subresource == "scale":
            return answer(obj)
        return answer(rendering.one(obj, kind=target.kind, form=form, include=include, now=cluster.now))
    found, meta = listing.items(cluster, target, query)
    shown = rendering.many(found, kind=target.kind, form=form, include=include, now=cluster.now, meta=meta)
    return answer(shown)
