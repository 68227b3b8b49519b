"""Request bodies: size, JSON or YAML, and nothing that expands."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from aiohttp import web

from ..core import errors

LIMIT = 3 * 1024 * 1024
_DEEPEST = 60
# Reading it takes the message descriptors of every kind, which none of the kept libraries has.
_HOW_ELSE = (
    "A simulated cluster reads no protobuf, which kubectl create, autoscale and auth can-i send: use kubectl apply -f"
)


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _deep(value: Any, left: int = _DEEPEST) -> bool:
    if left == 0:
        return True
    if isinstance(value, dict):
        return any(_deep(item, left - 1) for item in value.values())
    return isinstance(value, list) and any(_deep(item, left - 1) for item in value)


def parse(data: bytes, *, yaml_allowed: bool) -> Any:
    """The value a body holds; 400 when it is neither JSON nor (where allowed) YAML, nests too deep or uses aliases."""
    try:
        value = json.loads(data, parse_constant=_no_constant)
    except RecursionError as error:
        raise errors.bad_request("the body nests too deep") from error
    except ValueError as error:
        if not yaml_allowed:
            raise errors.bad_request(f"the body is not JSON: {error}") from error
        value = _parse_yaml(data)
    if _deep(value):
        raise errors.bad_request("the body nests too deep")
    return value


def _parse_yaml(data: bytes) -> Any:
    # Imported here: almost every body is JSON, and the parser costs a small process two MiB.
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(data, Loader=loader):
            if isinstance(event, yaml.AliasEvent):
                raise errors.bad_request("the body uses YAML aliases, which are refused")
        value = yaml.load(data, Loader=loader)
        return json.loads(json.dumps(value, default=str))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise errors.bad_request(f"the body is not YAML: {str(error)[:300]}") from error


async def read(request: web.Request, *, default: Any = None) -> Any:
    """The parsed body of a request; ``default`` when it is empty; 413 above the limit."""
    if request.content_length is not None and request.content_length > LIMIT:
        raise errors.too_large(LIMIT)
    try:
        data = await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise errors.too_large(LIMIT) from error
    if not data.strip():
        if default is None:
            raise errors.bad_request("the request has no body")
        return default
    kind = request.content_type
    if kind == "application/vnd.kubernetes.protobuf":
        raise errors.unsupported_media(("application/json", "application/yaml"), hint=_HOW_ELSE)
    return parse(data, yaml_allowed=kind.endswith("yaml"))
