"""Replaying an app's log: the operations that were performed, applied again from nothing, give its present draft.

So the log is shown to be complete, not just untouched. Pure: it takes entries and reads nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apps_mgmt.adopting import adopted_spec, adoption_in
from apps_mgmt.spec import AppSpec, load
from apps_mgmt.values import TenantValue
from portal.access.ref import TENANT
from portal.operations import registry
from portal.operations.kinds import SPEC

RESTART = "process.restart"
ADOPT = "app.adopt"


@dataclass(frozen=True)
class Step:
    """One entry of the log that was done: its operation, its resolved input, and whether it moved the app's version."""

    operation: str
    resolved: Mapping[str, Any]
    moved: bool = True


def replay(steps: Iterable[Step]) -> AppSpec:
    """The spec that the steps lead to, in the order of the log. Raises as the operations do, where they do not fit."""
    spec = AppSpec()
    for step in steps:
        spec = after(spec, step)
    return spec


def after(spec: AppSpec, step: Step) -> AppSpec:
    """The spec that one step makes of another. Raises as its operation does."""
    if step.operation == RESTART:
        return _restarted(spec, step.resolved) if step.moved else spec
    if step.operation == ADOPT:
        return adopted_spec(spec, adoption_in(step.resolved))
    operation = registry.find(step.operation)
    if operation.kind is not SPEC:
        return spec
    if operation.subject == TENANT and "spec" in step.resolved:
        return load(step.resolved["spec"])
    if operation.subject == TENANT:
        made: TenantValue = operation().apply(TenantValue(name=""), step.resolved)
        return made.new.spec if made.new else spec
    changed: AppSpec = operation().apply(spec, step.resolved)
    return changed


def _restarted(spec: AppSpec, resolved: Mapping[str, Any]) -> AppSpec:
    """A restart is beside the draft. Once, where the draft was what ran, the draft moved with it; the log tells."""
    for name in [resolved["process"]] if resolved["process"] else [one.name for one in spec.processes]:
        spec = spec.with_process(name, restarted_at=resolved["at"])
    return spec
