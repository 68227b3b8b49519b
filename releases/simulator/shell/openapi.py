"""Enough OpenAPI for kubectl to explain, validate and know that the server validates fields."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

from aiohttp import web

from ..core import errors
from ..core.kinds import SERVED, Kind
from ..core.schema import ListOf, MapOf, Scalar, Schema, Struct, schema_of
from . import rendering
from .discovery import groups, version

_SCALARS: dict[str, dict[str, Any]] = {
    "quantity": {"x-kubernetes-int-or-string": True, "type": "string"},
    "int-or-string": {"x-kubernetes-int-or-string": True, "type": "string", "format": "int-or-string"},
    "bytes": {"type": "string", "format": "byte"},
    "time": {"type": "string", "format": "date-time"},
    "any": {"x-kubernetes-preserve-unknown-fields": True},
}
_PATCHES = (
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
)


def _schema(schema: Schema) -> dict[str, Any]:
    if isinstance(schema, Scalar):
        return dict(_SCALARS.get(schema.type, {"type": schema.type}))
    if isinstance(schema, MapOf):
        return {"type": "object", "additionalProperties": _schema(schema.value)}
    if isinstance(schema, ListOf):
        shown: dict[str, Any] = {"type": "array", "items": _schema(schema.item), "x-kubernetes-list-type": schema.mode}
        if schema.keys:
            shown["x-kubernetes-list-map-keys"] = list(schema.keys)
        if schema.merge_key and schema.merge_key != "-":
            shown |= {"x-kubernetes-patch-merge-key": schema.merge_key, "x-kubernetes-patch-strategy": "merge"}
        return shown
    return _struct(schema)


def _struct(schema: Struct) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "type": "object",
        "properties": {name: _schema(field) for name, field in schema.fields.items()},
    }
    if schema.open:
        shown["x-kubernetes-preserve-unknown-fields"] = True
    if schema.atomic:
        shown["x-kubernetes-map-type"] = "atomic"
    return shown


def _name(kind: Kind) -> str:
    return ".".join(["io.k8s.api", *reversed((kind.group or "core").split(".")), kind.version, kind.kind])


def _paths(kind: Kind, base: str) -> dict[str, Any]:
    where = f"{base}/namespaces/{{namespace}}/{kind.plural}" if kind.namespaced else f"{base}/{kind.plural}"
    gvk = {"group": kind.group, "version": kind.version, "kind": kind.kind}
    reference = {"$ref": f"#/components/schemas/{_name(kind)}"}
    answer = {"200": {"description": "OK", "content": {"application/json": {"schema": reference}}}}

    def operation(action: str, parameters: tuple[str, ...], types: tuple[str, ...]) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": gvk,
            "parameters": [{"name": name, "in": "query", "schema": {"type": "string"}} for name in parameters],
            "responses": answer,
        }
        if types:
            shown["requestBody"] = {"content": {name: {"schema": reference} for name in types}}
        return shown

    write = ("dryRun", "fieldManager", "fieldValidation")
    return {
        where: {"get": operation("list", ("limit",), ()), "post": operation("post", write, ("application/json",))},
        f"{where}/{{name}}": {
            "get": operation("get", (), ()),
            "put": operation("put", write, ("application/json",)),
            "patch": operation("patch", (*write, "force"), _PATCHES),
            "delete": operation("delete", ("dryRun",), ()),
        },
    }


@lru_cache(maxsize=1)
def _documents() -> dict[str, bytes]:
    """The document of each group version, by its path; made when first asked for."""
    found: dict[str, bytes] = {}
    for group, served in [("", "v1"), *((group, one) for group, versions in groups().items() for one in versions)]:
        place = f"apis/{group}/{served}" if group else "api/v1"
        paths: dict[str, Any] = {}
        schemas: dict[str, Any] = {}
        for kind in SERVED:
            if (kind.group, kind.version) == (group, served):
                paths |= _paths(kind, f"/{place}")
                gvk = {"group": kind.group, "version": kind.version, "kind": kind.kind}
                schemas[_name(kind)] = {**_schema(schema_of(kind)), "x-kubernetes-group-version-kind": [gvk]}
        found[place] = rendering.to_bytes(
            {
                "openapi": "3.0.0",
                "info": {"title": "Kubernetes", "version": version()["gitVersion"]},
                "paths": paths,
                "components": {"schemas": schemas},
            }
        )
    return found


def _field(number: int, data: bytes) -> bytes:
    """A length-delimited protobuf field; lengths here are below 128."""
    return bytes([number << 3 | 2, len(data)]) + data


def _shortest(*, protobuf: bool) -> web.Response:
    """An ``/openapi/v2`` that describes nothing; kubectl asks for it in protobuf and then checks nothing itself."""
    served = version()["gitVersion"]
    if protobuf:
        info = _field(1, b"Kubernetes") + _field(2, served.encode())
        body = _field(1, b"2.0") + _field(2, info) + _field(8, b"")
        kind = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
        return web.Response(body=body, content_type=kind)
    info_shown = {"title": "Kubernetes", "version": served}
    document = {"swagger": "2.0", "info": info_shown, "paths": {}, "definitions": {}}
    return web.Response(body=rendering.to_bytes(document), content_type="application/json")


def answer(path: str, *, accept: str) -> web.Response:
    """The index at ``/openapi/v3``, one of its documents, or the shortest ``/openapi/v2`` there can be."""
    place = path.removeprefix("/openapi/").strip("/")
    if place == "v2":
        return _shortest(protobuf="proto-openapi" in accept)
    if place == "v3":
        rows = {
            name: {"serverRelativeURL": f"/openapi/v3/{name}?hash={hashlib.sha256(data).hexdigest().upper()}"}
            for name, data in _documents().items()
        }
        return web.Response(body=rendering.to_bytes({"paths": rows}), content_type="application/json")
    data = _documents().get(place.removeprefix("v3/"))
    if data is None:
        raise errors.no_such_path()
    return web.Response(body=data, content_type="application/json")
