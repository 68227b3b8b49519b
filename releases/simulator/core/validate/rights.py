"""Roles and their bindings."""

from __future__ import annotations

import json

from ..errors import Cause
from ..objects import Object
from . import names

_SUBJECTS = ("ServiceAccount", "User", "Group")


def path_name(field: str, value: str) -> list[Cause]:
    """Names of roles are held to nothing but that they can stand in a path."""
    if value in (".", ".."):
        return [names.bad(field, value, f"may not be '{value}'")]
    return [names.bad(field, value, f"may not contain '{sign}'") for sign in "/%" if sign in value]


def role(obj: Object) -> list[Cause]:
    return _rules(obj, namespaced=True)


def cluster_role(obj: Object) -> list[Cause]:
    return _rules(obj, namespaced=False)


def _rules(obj: Object, *, namespaced: bool) -> list[Cause]:
    causes: list[Cause] = []
    for place, rule in enumerate(obj.get("rules") or ()):
        here = f"rules[{place}]"
        if not rule.get("verbs"):
            causes.append(names.required(f"{here}.verbs", "verbs must contain at least one value"))
        if urls := rule.get("nonResourceURLs"):
            mixed = any(rule.get(field) for field in ("apiGroups", "resources", "resourceNames"))
            words = "namespaced rules cannot apply to non-resource URLs" if namespaced else ""
            words = words or ("rules cannot apply to both regular resources and non-resource URLs" if mixed else "")
            causes += [names.bad(f"{here}.nonResourceURLs", urls, words)] if words else []
            continue
        for field, word in (("apiGroups", "api group"), ("resources", "resource")):
            if not rule.get(field):
                causes.append(names.required(f"{here}.{field}", f"resource rules must supply at least one {word}"))
    return causes


def role_binding(obj: Object) -> list[Cause]:
    return _binding(obj, roles=("Role", "ClusterRole"), namespaced=True)


def cluster_role_binding(obj: Object) -> list[Cause]:
    return _binding(obj, roles=("ClusterRole",), namespaced=False)


def _binding(obj: Object, *, roles: tuple[str, ...], namespaced: bool) -> list[Cause]:
    wanted = obj.get("roleRef") or {}
    causes: list[Cause] = []
    if wanted.get("kind") not in roles:
        causes.append(names.unsupported("roleRef.kind", wanted.get("kind", ""), roles))
    if not wanted.get("name"):
        causes.append(names.required("roleRef.name"))
    else:
        causes += path_name("roleRef.name", wanted["name"])
    for place, subject in enumerate(obj.get("subjects") or ()):
        causes += _subject(subject, f"subjects[{place}]", namespaced=namespaced)
    return causes


def _subject(subject: Object, field: str, *, namespaced: bool) -> list[Cause]:
    kind, name = subject.get("kind", ""), subject.get("name", "")
    causes = [] if name else [names.required(f"{field}.name")]
    if kind not in _SUBJECTS:
        causes.append(names.unsupported(f"{field}.kind", kind, _SUBJECTS))
    elif kind == "ServiceAccount":
        causes += names.dns_subdomain(f"{field}.name", name) if name else []
        if not namespaced and not subject.get("namespace"):
            causes.append(names.required(f"{field}.namespace"))
    return causes


def binding_update(old: Object, new: Object) -> list[Cause]:
    """Another role is another binding."""
    before, after = old.get("roleRef"), new.get("roleRef") or {}
    if before == after:
        return []
    shown = {field: after.get(field[0].lower() + field[1:], "") for field in ("Kind", "Name")}
    text = json.dumps({"APIGroup": after.get("apiGroup", ""), **shown}, separators=(",", ":"))
    return [Cause("roleRef", "FieldValueInvalid", f"Invalid value: {text}: cannot change roleRef")]
