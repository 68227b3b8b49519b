"""Which level holds where, and what comes of breaking it."""

from __future__ import annotations

import re

from .. import errors, kinds
from ..kinds import Kind
from ..objects import Object, labels_of
from ..store import Store
from . import baseline, restricted

_PREFIX = "pod-security.kubernetes.io/"
_MODES = ("enforce", "audit", "warn")
_LEVELS = ("privileged", "baseline", "restricted")
_VERSION = re.compile(r"^(latest|v1\.\d+)$")


def label_faults(labels: dict[str, str]) -> list[tuple[str, str]]:
    """Labels that name no level or no version, each with what it must be."""
    faults = []
    for mode in _MODES:
        level, version = _PREFIX + mode, f"{_PREFIX}{mode}-version"
        if labels.get(level, "privileged") not in _LEVELS:
            faults.append((level, f"must be one of {', '.join(_LEVELS)}"))
        if not _VERSION.match(labels.get(version, "latest")):
            faults.append((version, 'must be "latest" or "v1.x"'))
    return faults


def check(home: Object, pod: Object) -> None:
    """Refuse (403) a pod that its namespace does not allow."""
    words = _broken(home, pod["spec"], mode="enforce")
    if words:
        raise errors.forbidden(kinds.POD, pod["metadata"].get("name", ""), f"violates PodSecurity {words}")


def warnings(store: Store, obj: Object, *, kind: Kind) -> list[str]:
    """What to tell who writes a workload whose pods will be refused, or a pod of which the namespace warns."""
    home = store.get(kinds.NAMESPACE, "", obj["metadata"].get("namespace", ""))
    spec = obj.get("spec") if kind == kinds.POD else ((obj.get("spec") or {}).get("template") or {}).get("spec")
    if home is None or not isinstance(spec, dict) or kind.custom:
        return []
    # Who is refused is told so, and no longer warned of the same.
    if _PREFIX + "warn" in labels_of(home):
        mode = "warn"
    elif kind != kinds.POD:
        mode = "enforce"
    else:
        return []
    words = _broken(home, spec, mode=mode)
    return [f"would violate PodSecurity {words}"] if words else []


def _broken(home: Object, spec: Object, *, mode: str) -> str:
    """The level of the namespace and all that breaks it; empty when nothing does."""
    labels = labels_of(home)
    level = labels.get(_PREFIX + mode, "privileged")
    rules = {"baseline": baseline.RULES, "restricted": restricted.RULES}.get(level, ())
    faults = [fault for rule in rules if (fault := rule(spec))]
    version = labels.get(f"{_PREFIX}{mode}-version", "latest")
    return f'"{level}:{version}": {", ".join(faults)}' if faults else ""
