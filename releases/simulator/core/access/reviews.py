"""Questions about rights: what a user may do, oneself or another, and who one is. Nothing of this is stored."""

from __future__ import annotations

import json
from typing import Any

from .. import errors, kinds, typecheck
from ..kinds import Kind
from ..objects import Object
from ..schema import schema_of
from ..store import Store
from .attributes import Attributes
from .authorizer import decide, grants, together
from .users import MASTERS, User

_ALL_RULES = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
_ALL_PATHS = {"verbs": ["*"], "nonResourceURLs": ["*"]}


def answer(store: Store, user: User, kind: Kind, namespace: str, body: Any, *, now: str) -> Object:
    """The review with its status; 400 or 422 when the question is none."""
    if not isinstance(body, dict):
        raise errors.bad_request("the body of the request is not an object")
    asked, _unknown = typecheck.check(body, schema_of(kind))
    spec = asked.get("spec") or {}
    shown: Object = {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": {}}
    if kind == kinds.SELF_REVIEW:
        info: Object = {"username": user.name, "uid": user.uid, "groups": list(user.groups)}
        told = {key: value for key, value in info.items() if value}
        return {**shown, "metadata": {"creationTimestamp": now}, "status": {"userInfo": told}}
    if kind == kinds.RULES_REVIEW:
        return {**shown, "spec": {}, "status": _rules(store, user, spec)}
    wanted = _wanted(spec)
    if kind != kinds.ACCESS_REVIEW:
        user = _other(spec)
    if kind == kinds.LOCAL_REVIEW:
        shown["metadata"] = {"namespace": namespace}
        _check_local(wanted, namespace)
    decision = decide(store, user, wanted)
    status: Object = {"allowed": decision.allowed}
    if decision.reason:
        status["reason"] = decision.reason
    return {**shown, "spec": spec, "status": status}


def _wanted(spec: Object) -> Attributes:
    asked, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if (asked is None) == (path is None):
        words = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        raise errors.invalid_review("spec.resourceAttributes", f"null: {words}")
    if asked is None:
        path = path or {}
        return Attributes(path.get("verb", ""), path=path.get("path", ""))
    fields = ("group", "resource", "subresource", "namespace", "name")
    return Attributes(asked.get("verb", ""), **{field: asked.get(field, "") for field in fields})


def _other(spec: Object) -> User:
    """Whose rights are asked for."""
    name, groups = spec.get("user", ""), tuple(spec.get("groups") or ())
    if not name and not groups:
        raise errors.invalid_review("spec.user", '"": at least one of user or group must be specified')
    return User(name, groups, spec.get("uid", ""))


def _check_local(wanted: Attributes, namespace: str) -> None:
    if wanted.path:
        shown = json.dumps({"Path": wanted.path, "Verb": wanted.verb}, separators=(",", ":"))
        raise errors.invalid_review("spec.nonResourceAttributes", f"{shown}: disallowed on this kind of request")
    if wanted.namespace != namespace:
        words = f"{json.dumps(wanted.namespace)}: must match metadata.namespace"
        raise errors.invalid_review("spec.resourceAttributes.namespace", words)


def _rules(store: Store, user: User, spec: Object) -> Object:
    """Every rule that holds for the user in one namespace."""
    namespace = spec.get("namespace", "")
    if not namespace:
        raise errors.bad_request("no namespace on request")
    found = list(grants(store, user, namespace=namespace))
    rules = [rule for grant in found for rule in grant.rules]
    if MASTERS in user.groups:
        rules = [_ALL_RULES, _ALL_PATHS, *rules]
    status: Object = {
        "resourceRules": [rule for rule in rules if rule.get("resources")],
        "nonResourceRules": [rule for rule in rules if rule.get("nonResourceURLs")],
        "incomplete": False,
    }
    if faults := together([grant.fault for grant in found if grant.fault]):
        status["evaluationError"] = faults
    return status
