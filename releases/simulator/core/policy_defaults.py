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


DEFAULTS: dict[str, Callable[[Object], None]] = {
    kinds.ROLE_BINDING.resource: _binding,
    kinds.CLUSTER_ROLE_BINDING.resource: _binding,
    kinds.DISRUPTION_BUDGET.resource: _budget,
}
