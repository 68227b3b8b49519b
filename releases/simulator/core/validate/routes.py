"""HTTPRoutes, as the schema and the rules of the Gateway API's CRD have them."""

from __future__ import annotations

import re
from typing import Any

from ..errors import Cause
from ..objects import Object
from . import names
from .network import host_name

_PATHS = ("Exact", "PathPrefix", "RegularExpression")
_MOST, _MOST_MATCHES, _LONGEST_PATH = 16, 64, 1024
_WITHIN, _AT_THE_END = ("//", "/./", "/../", "%2f", "%2F", "#"), ("/..", "/.")
_CHARACTERS = "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$"
_REDIRECT = "RequestRedirect"


def http_route(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    causes = [*_many(spec, "spec", "hostnames"), *_many(spec, "spec", "rules")]
    for place, host in enumerate(spec.get("hostnames") or ()):
        causes += host_name(f"spec.hostnames[{place}]", host)
    for place, parent in enumerate(spec.get("parentRefs") or ()):
        if not parent.get("name"):
            causes.append(names.required(f"spec.parentRefs[{place}].name"))
    for place, rule in enumerate(spec.get("rules") or ()):
        causes += _filters(rule, f"spec.rules[{place}]")
        causes += _many(rule, f"spec.rules[{place}]", "backendRefs")
        causes += _many(rule, f"spec.rules[{place}]", "matches", most=_MOST_MATCHES)
        for row, backend in enumerate(rule.get("backendRefs") or ()):
            here = f"spec.rules[{place}].backendRefs[{row}]"
            if not backend.get("name"):
                causes.append(names.required(f"{here}.name"))
            if not 0 <= backend.get("weight", 1) <= 1_000_000:
                words = "should be greater than or equal to 0 and less than or equal to 1000000"
                causes.append(names.bad(f"{here}.weight", backend["weight"], words))
            if "port" in backend:
                causes += names.port_number(f"{here}.port", backend["port"])
            elif backend.get("kind", "Service") == "Service":
                causes.append(names.bad(here, backend.get("name", ""), "Must have port for Service reference"))
        for row, match in enumerate(rule.get("matches") or ()):
            here = f"spec.rules[{place}].matches[{row}]"
            causes += [*_path(match.get("path") or {}, f"{here}.path"), *_headers(match, f"{here}.headers")]
    return causes


def _many(item: Object, here: str, field: str, *, most: int = _MOST) -> list[Cause]:
    count = len(item.get(field) or ())
    words = f"Too many: {count}: must have at most {most} items"
    return [Cause(f"{here}.{field}", "FieldValueTooMany", words)] if count > most else []


def _filters(rule: Object, here: str) -> list[Cause]:
    found = [one for one in rule.get("filters") or () if one.get("type") == _REDIRECT]
    causes: list[Cause] = []
    if found and rule.get("backendRefs"):
        causes.append(names.bad(here, "object", f"{_REDIRECT} filter must not be used together with backendRefs"))
    if len(found) > 1:
        causes.append(names.bad(f"{here}.filters", "array", f"{_REDIRECT} filter cannot be repeated"))
    for place, one in enumerate(rule.get("filters") or ()):
        if one.get("type") == _REDIRECT and one.get("requestRedirect") is None:
            words = f"filter.requestRedirect must be specified for {_REDIRECT} filter.type"
            causes.append(names.bad(f"{here}.filters[{place}]", "object", words))
    return causes


def _path(path: dict[str, Any], here: str) -> list[Cause]:
    kind, value = path.get("type", "PathPrefix"), path.get("value", "/")
    if kind not in _PATHS:
        return [names.unsupported(f"{here}.type", kind, _PATHS)]
    if len(value) > _LONGEST_PATH:
        words = f"Too long: may not be more than {_LONGEST_PATH} bytes"
        return [Cause(f"{here}.value", "FieldValueTooLong", words)]
    if kind == "RegularExpression":
        return []
    said: list[str] = []
    if not value.startswith("/"):
        said.append("value must be an absolute path and start with '/'")
    types = "when type one of ['Exact', 'PathPrefix']"
    said += [f"must not contain '{one}' {types}" for one in _WITHIN if one in value]
    said += [f"must not end with '{one}' {types}" for one in _AT_THE_END if value.endswith(one)]
    if not re.match(_CHARACTERS, value):
        said.append(f"must only contain valid characters (matching {_CHARACTERS}) for types ['Exact', 'PathPrefix']")
    return [names.bad(here, "object", words) for words in said]


def _headers(match: Object, here: str) -> list[Cause]:
    seen: set[str] = set()
    causes: list[Cause] = []
    for place, row in enumerate(match.get("headers") or ()):
        name = str(row.get("name", ""))
        if name in seen:
            causes.append(names.duplicate(f"{here}[{place}]", {"name": name}))
        seen.add(name)
    return causes
