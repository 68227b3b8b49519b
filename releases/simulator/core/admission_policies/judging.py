"""What the policies of a cluster say to a write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from .. import errors, kinds
from ..objects import Object
from ..store import Store
from . import expressions
from .matching import Request, matches

_CODES = {"Invalid": 422, "Forbidden": 403, "RequestEntityTooLarge": 413}
_EXEMPT = (kinds.ADMISSION_POLICY, kinds.ADMISSION_BINDING)
"""Or nobody could ever mend a policy that refuses everything."""


class _Fault(NamedTuple):
    message: str
    reason: str = "Invalid"


def check(store: Store, request: Request) -> list[str]:
    """Refuse (422, or as the policy's reason says) what a binding denies; returns warnings for what others find."""
    if request.kind in _EXEMPT or not store.count(kinds.ADMISSION_BINDING):
        return []
    warnings, denied = [], None
    for policy, bindings in _meant(store, request):
        faults = list(_faults(policy["spec"], _values(store, request)))
        for binding in bindings:
            actions = binding["spec"]["validationActions"]
            who = f"ValidatingAdmissionPolicy '{_name(policy)}' with binding '{_name(binding)}'"
            if "Warn" in actions:
                warnings += [f"Validation failed for {who}: {fault.message}" for fault in faults]
            if "Deny" in actions and faults and denied is None:
                denied = _refusal(request, f"{who} denied request: {faults[0].message}", faults[0].reason)
    if denied:
        raise denied
    return warnings


def _meant(store: Store, request: Request) -> Iterator[tuple[Object, list[Object]]]:
    """The policies that are about this write, by name, each with those of its bindings that are."""
    bound: dict[str, list[Object]] = {}
    for binding in sorted(store.each(kinds.ADMISSION_BINDING), key=_name):
        bound.setdefault(binding["spec"]["policyName"], []).append(binding)
    for policy in sorted(store.each(kinds.ADMISSION_POLICY), key=_name):
        meant = [
            binding
            for binding in bound.get(_name(policy), ())
            if matches(store, binding["spec"].get("matchResources") or {}, request, rules_needed=False)
        ]
        if meant and matches(store, policy["spec"]["matchConstraints"], request):
            yield policy, meant


def _name(obj: Object) -> str:
    name: str = obj["metadata"]["name"]
    return name


def _values(store: Store, request: Request) -> dict[str, Any]:
    home = store.get(kinds.NAMESPACE, "", request.namespace) if request.kind.namespaced else None
    return {
        "object": request.obj,
        "oldObject": request.old,
        "request": request.attributes(),
        "namespaceObject": home,
        "variables": {},
    }


def _faults(spec: Object, values: dict[str, Any]) -> Iterator[_Fault]:
    """What a policy finds wrong. An expression that comes to no result is a fault unless failures are ignored."""
    strict = spec["failurePolicy"] == "Fail"
    holds, problems = _conditions(spec, values)
    if not holds:
        return
    if problems:
        if strict:
            yield _Fault(problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]")
        return
    for variable in spec.get("variables") or ():
        # One that comes to nothing is missed by the expressions that ask for it.
        found, problem = _result(variable["expression"], values)
        if not problem:
            values["variables"][variable["name"]] = found
    for validation in spec.get("validations") or ():
        found, problem = _result(validation["expression"], values)
        if problem and strict:
            yield _Fault(problem)
        elif not problem and found is not True:
            yield _Fault(_message(validation, values), validation.get("reason", "Invalid"))


def _conditions(spec: Object, values: dict[str, Any]) -> tuple[bool, list[str]]:
    """Whether the policy applies, and what went wrong while that was found out: one clear no is enough."""
    problems = []
    for condition in spec.get("matchConditions") or ():
        found, problem = _result(condition["expression"], values)
        if problem:
            problems.append(problem)
        elif found is not True:
            return False, []
    return True, problems


def _result(expression: str, values: dict[str, Any]) -> tuple[Any, str]:
    try:
        return expressions.value_of(expression, values), ""
    except ValueError as error:
        return None, f"expression '{expression}' resulted in error: {error}"


def _message(validation: Object, values: dict[str, Any]) -> str:
    if computed := validation.get("messageExpression"):
        found, problem = _result(computed, values)
        if not problem and found.strip() and "\n" not in found:
            return str(found.strip())
    said: str = validation.get("message") or f"failed expression: {validation['expression'].strip()}"
    return said


def _refusal(request: Request, message: str, reason: str) -> errors.ApiError:
    """It is worded like one for want of rights, whatever its code and reason."""
    kind, name = request.kind, request.meta.get("name", "")
    details: dict[str, Any] = {"name": name, "group": kind.group, "kind": kind.plural, "causes": [{"message": message}]}
    kept = {key: value for key, value in details.items() if value}
    return errors.ApiError(_CODES[reason], reason, f'{kind.resource} "{name}" is forbidden: {message}', details=kept)
