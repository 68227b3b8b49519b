"""What the API server fills into roles' bindings and into policies."""

from __future__ import annotations

from collections.abc import Callable

from . import kinds
from .objects import Object


def _binding(obj: Object) -> None:
    for subject in obj.get("subjects") or ():
        if subject.get("kind") in ("User", "Group"):
            subject.setdefault("apiGroup", kinds.ROLE.group)
    if obj.get("roleRef"):
        obj["roleRef"].setdefault("apiGroup", kinds.ROLE.group)


def _budget(obj: Object) -> None:
    status = obj.setdefault("status", {})
    for field in ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"):
        status.setdefault(field, 0)


def _limit_range(obj: Object) -> None:
    """What a container gets is at most the most, and what it asks for is what it gets, unless said otherwise."""
    for item in obj.setdefault("spec", {}).get("limits") or ():
        if item.get("type") != "Container":
            continue
        for field, source in (("default", "max"), ("defaultRequest", "default"), ("defaultRequest", "min")):
            amounts = {**(item.get(source) or {}), **(item.get(field) or {})}
            if amounts:
                item[field] = amounts


def _network_policy(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("podSelector", {})
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    for rule in (*(spec.get("ingress") or ()), *(spec.get("egress") or ())):
        for port in rule.get("ports") or ():
            port.setdefault("protocol", "TCP")


def _admission_policy(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("failurePolicy", "Fail")
    _admission_match(spec.get("matchConstraints"))
    obj.setdefault("status", {})


def _admission_binding(obj: Object) -> None:
    _admission_match(obj.setdefault("spec", {}).get("matchResources"))


def _admission_match(match: Object | None) -> None:
    """What is not said means everything."""
    if match is None:
        return
    match.setdefault("matchPolicy", "Equivalent")
    for selector in ("namespaceSelector", "objectSelector"):
        match.setdefault(selector, {})
    for rule in (*(match.get("resourceRules") or ()), *(match.get("excludeResourceRules") or ())):
        rule.setdefault("scope", "*")


def _priority_class(obj: Object) -> None:
    obj.setdefault("value", 0)
    obj.setdefault("preemptionPolicy", "PreemptLowerPriority")


DEFAULTS: dict[str, Callable[[Object], None]] = {
    kinds.ROLE_BINDING.resource: _binding,
    kinds.CLUSTER_ROLE_BINDING.resource: _binding,
    kinds.DISRUPTION_BUDGET.resource: _budget,
    kinds.LIMIT_RANGE.resource: _limit_range,
    kinds.PRIORITY_CLASS.resource: _priority_class,
    kinds.NETWORK_POLICY.resource: _network_policy,
    kinds.ADMISSION_POLICY.resource: _admission_policy,
    kinds.ADMISSION_BINDING.resource: _admission_binding,
}
