"""Policies made of expressions, which have to compile, and their bindings."""

from __future__ import annotations

import re
from typing import Any

from ..admission_policies import expressions
from ..errors import Cause
from ..label_rules import key_faults
from ..objects import Object
from . import names, selectors

_NEED = ("operations", "apiGroups", "apiVersions", "resources")
_OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge")
_ACTIONS = ("Audit", "Deny", "Warn")
_ONE = "validations or auditAnnotations must contain at least one item"
_TWICE = (
    "must not contain both Deny and Warn (repeating the same validation failure information in the API response and "
    "headers serves no purpose)"
)
_IDENTIFIER = re.compile(r"^[_a-zA-Z][_a-zA-Z0-9]*$")


def policy(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    causes = _choice("spec.failurePolicy", spec.get("failurePolicy", ""), ("Fail", "Ignore"))
    if spec.get("paramKind"):
        causes.append(names.forbidden("spec.paramKind", "a simulated cluster knows no parameters"))
    if "matchConstraints" not in spec:
        causes.append(names.required("spec.matchConstraints"))
    else:
        causes += _match(spec["matchConstraints"], "spec.matchConstraints", rules_needed=True)
    for place, row in enumerate(spec.get("matchConditions") or ()):
        causes += _condition(row, f"spec.matchConditions[{place}]")
    for place, row in enumerate(spec.get("variables") or ()):
        causes += _variable(row, f"spec.variables[{place}]")
    for place, row in enumerate(spec.get("validations") or ()):
        causes += _validation(row, f"spec.validations[{place}]")
    if not spec.get("validations") and not spec.get("auditAnnotations"):
        causes += [names.required(f"spec.{field}", _ONE) for field in ("validations", "auditAnnotations")]
    return causes


def binding(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    name = spec.get("policyName", "")
    causes = names.dns_subdomain("spec.policyName", name) if name else [names.required("spec.policyName")]
    if spec.get("paramRef"):
        causes.append(names.forbidden("spec.paramRef", "a simulated cluster knows no parameters"))
    causes += _match(spec.get("matchResources") or {}, "spec.matchResources", rules_needed=False)
    return causes + _actions(spec.get("validationActions") or [], "spec.validationActions")


def _actions(actions: list[str], field: str) -> list[Cause]:
    causes = [] if actions else [names.required(field, "at least one validation action is required")]
    for place, action in enumerate(actions):
        causes += _choice(f"{field}[{place}]", action, _ACTIONS)
        if action in actions[:place]:
            causes.append(names.duplicate(f"{field}[{place}]", action))
    return [*causes, names.bad(field, actions, _TWICE)] if {"Deny", "Warn"} <= set(actions) else causes


def _choice(field: str, value: Any, allowed: tuple[str, ...]) -> list[Cause]:
    return [] if value in allowed else [names.unsupported(field, value, allowed)]


def _match(match: Object, field: str, *, rules_needed: bool) -> list[Cause]:
    causes = _choice(f"{field}.matchPolicy", match.get("matchPolicy", "Equivalent"), ("Equivalent", "Exact"))
    for part in ("namespaceSelector", "objectSelector"):
        causes += selectors.label_selector(match.get(part) or {}, f"{field}.{part}")
    if rules_needed and not match.get("resourceRules"):
        causes.append(names.required(f"{field}.resourceRules"))
    for part in ("resourceRules", "excludeResourceRules"):
        for place, rule in enumerate(match.get(part) or ()):
            causes += _rule(rule, f"{field}.{part}[{place}]")
    return causes


def _rule(rule: Object, field: str) -> list[Cause]:
    causes = [names.required(f"{field}.{part}") for part in _NEED if not rule.get(part)]
    for place, operation in enumerate(rule.get("operations") or ()):
        causes += _choice(f"{field}.operations[{place}]", operation, _OPERATIONS)
    return causes + _choice(f"{field}.scope", rule.get("scope", "*"), ("*", "Cluster", "Namespaced"))


def _expression(field: str, text: str, *, result: str) -> list[Cause]:
    """``result`` is the type it has to have; any will do when it is empty."""
    try:
        found = expressions.type_of(text)
    except expressions.Unusable as error:
        return [names.bad(field, text, f"compilation failed: {error}")]
    return [] if result in ("", found) else [names.bad(field, text, f"must evaluate to {result} but got {found}")]


def _condition(row: Object, field: str) -> list[Cause]:
    text, name = row.get("expression", "").strip(), row.get("name", "")
    causes = _expression(f"{field}.expression", text, result="bool") if text else []
    causes += [] if text else [names.required(f"{field}.expression")]
    if not name:
        return [*causes, names.required(f"{field}.name")]
    return causes + [names.bad(f"{field}.name", name, fault) for fault in key_faults(name)]


def _variable(row: Object, field: str) -> list[Cause]:
    text, name = row.get("expression", "").strip(), row.get("name", "")
    causes = _expression(f"{field}.expression", text, result="") if text else []
    causes += [] if text else [names.required(f"{field}.expression", "expression is not specified")]
    if not name:
        return [names.required(f"{field}.name", "name is not specified"), *causes]
    fine = _IDENTIFIER.match(name)
    return causes if fine else [names.bad(f"{field}.name", name, "must be a valid CEL identifier"), *causes]


def _validation(row: Object, field: str) -> list[Cause]:
    text, message = row.get("expression", "").strip(), row.get("message")
    if text:
        causes = _expression(f"{field}.expression", text, result="bool")
    else:
        causes = [names.required(f"{field}.expression", "expression is not specified")]
    if computed := row.get("messageExpression", ""):
        causes += _expression(f"{field}.messageExpression", computed, result="string")
    if message and not message.strip():
        causes.append(names.bad(f"{field}.message", message, "must be non-empty if specified"))
    elif message and "\n" in message.strip():
        causes.append(names.bad(f"{field}.message", message, "must not contain line breaks"))
    return causes + (_choice(f"{field}.reason", row["reason"], _REASONS) if row.get("reason") else [])
