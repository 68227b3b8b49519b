"""POST, PUT, PATCH and DELETE."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ..core import errors
from ..core.access import User, accounts, reviews
from ..core.api import PATCH_TYPES
from ..core.cluster import Cluster
from ..core.kinds import SERVICE_ACCOUNT
from ..core.objects import Object, timestamp
from . import bodies, listing, rendering
from .auth import ISSUER, Tokens
from .options import write_of
from .paths import Target
from .queries import Query
from .reading import answer

_SUCCESS = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def _shown(cluster: Cluster, target: Target, query: Query, obj: Object, accept: str) -> Object:
    if target.subresource == "scale":
        return obj
    form, include = rendering.wanted(accept), query.get("includeObject", "Metadata")
    return rendering.one(obj, kind=target.kind, form=form, include=include, now=cluster.now)


async def post(
    cluster: Cluster, target: Target, query: Query, request: web.Request, *, user: User, tokens: Tokens
) -> web.Response:
    body = await bodies.read(request)
    if target.subresource == "token":
        return answer(_token(cluster, target, body, tokens), code=201)
    if target.subresource == "eviction":
        cluster.api.evict(target.namespace, target.name, body, write=write_of(request, query, user))
        return answer(_SUCCESS, code=201)
    if target.name or target.subresource:
        raise errors.method_not_allowed()
    namespace = target.namespace
    if target.kind.namespaced and not namespace:
        raise errors.method_not_allowed()
    if "get" not in target.kind.verbs:
        now = timestamp(cluster.now)
        return answer(reviews.answer(cluster.store, user, target.kind, namespace, body, now=now), code=201)
    write = write_of(request, query, user)
    created = cluster.api.create(target.kind, namespace, body, write=write)
    shown = _shown(cluster, target, query, created, request.headers.get("Accept", ""))
    return answer(shown, code=201, warnings=write.warnings)


def _token(cluster: Cluster, target: Target, body: Any, tokens: Tokens) -> Object:
    """TokenRequest: a bearer token of a service account that ends by itself."""
    account = cluster.store.need(SERVICE_ACCOUNT, target.namespace, target.name)
    spec = accounts.token_spec(body, audience=ISSUER)
    token, end = tokens.make(account, seconds=spec["expirationSeconds"], audiences=spec["audiences"])
    meta = {key: account["metadata"][key] for key in ("name", "namespace", "uid")}
    return {
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {**meta, "creationTimestamp": timestamp(cluster.now)},
        "spec": {**spec, "boundObjectRef": None},
        "status": {"token": token, "expirationTimestamp": timestamp(end)},
    }


async def put(cluster: Cluster, target: Target, query: Query, request: web.Request, *, user: User) -> web.Response:
    body = await bodies.read(request)
    if not target.name:
        raise errors.method_not_allowed()
    write = write_of(request, query, user)
    written = cluster.api.update(
        target.kind, target.namespace, target.name, body, write=write, subresource=target.subresource
    )
    shown = _shown(cluster, target, query, written, request.headers.get("Accept", ""))
    return answer(shown, warnings=write.warnings)


async def patch(cluster: Cluster, target: Target, query: Query, request: web.Request, *, user: User) -> web.Response:
    if not target.name:
        raise errors.method_not_allowed()
    type_ = request.content_type
    if type_ not in PATCH_TYPES:
        raise errors.unsupported_media(PATCH_TYPES)
    body = await bodies.read(request)
    write = write_of(request, query, user)
    written = cluster.api.patch(
        target.kind, target.namespace, target.name, body, type_=type_, write=write, subresource=target.subresource
    )
    shown = _shown(cluster, target, query, written.obj, request.headers.get("Accept", ""))
    return answer(shown, code=201 if written.created else 200, warnings=write.warnings)


def _gone(target: Target, obj: Object) -> Object:
    details = {"name": obj["metadata"]["name"], "group": target.kind.group, "kind": target.kind.plural}
    details["uid"] = obj["metadata"]["uid"]
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {key: value for key, value in details.items() if value},
    }


async def delete(cluster: Cluster, target: Target, query: Query, request: web.Request, *, user: User) -> web.Response:
    options = await bodies.read(request, default={})
    if not isinstance(options, dict) or target.subresource:
        raise errors.bad_request("DeleteOptions are an object")
    for name in ("propagationPolicy", "gracePeriodSeconds", "orphanDependents"):
        if name in query and name not in options:
            text = query[name]
            options[name] = (
                int(text) if text.lstrip("-").isdigit() else text == "true" if text in ("true", "false") else text
            )
    write = write_of(request, query, user, deleted=options)
    if target.name:
        last, gone = cluster.api.delete(target.kind, target.namespace, target.name, options=options, write=write)
        return answer(_gone(target, last) if gone else last, warnings=write.warnings)
    found, meta = listing.items(cluster, target, query)
    for obj in found:
        namespace = obj["metadata"].get("namespace", "")
        if cluster.store.get(target.kind, namespace, obj["metadata"]["name"]) is not None:
            cluster.api.delete(target.kind, namespace, obj["metadata"]["name"], options=options, write=write)
    return answer(rendering.many(found, kind=target.kind, form=rendering.WHOLE, include="", now=cluster.now, meta=meta))
