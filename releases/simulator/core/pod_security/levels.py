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


def of_namespace(store: Store, old: Object, new: Object) -> list[str]:
    """What to tell who holds a namespace to a stricter level: the pods there that break it, one named for all that
    break the same, why without the particulars. They stay as they are.
    """
    (was, was_version), (level, version) = (_held(one, mode="enforce") for one in (old, new))
    if (was, was_version) == (level, version) or level == _LEVELS[0]:
        return []
    if was_version == version and _LEVELS.index(level) < _LEVELS.index(was):
        return []
    name = new["metadata"]["name"]
    alike: dict[str, list[str]] = {}
    for pod in store.each(kinds.POD, namespace=name):
        if faults := _faults(pod["spec"], level=level):
            why = ", ".join(one.partition(" (")[0] for one in faults)
            alike.setdefault(why, []).append(pod["metadata"]["name"])
    if not alike:
        return []
    first = f'existing pods in namespace "{name}" violate the new PodSecurity enforce level "{level}:{version}"'
    return [first, *sorted(f"{_counted(names)}: {why}" for why, names in alike.items())]


def _counted(names: list[str]) -> str:
    more = len(names) - 1
    return min(names) + (f" (and {more} other pod{'s' if more > 1 else ''})" if more else "")


def _broken(home: Object, spec: Object, *, mode: str) -> str:
    """The level of the namespace and all that breaks it; empty when nothing does."""
    level, version = _held(home, mode=mode)
    faults = _faults(spec, level=level)
    return f'"{level}:{version}": {", ".join(faults)}' if faults else ""


def _held(home: Object, *, mode: str) -> tuple[str, str]:
    """Level and version that a namespace is held to; a level there is not counts as none."""
    labels = labels_of(home)
    level = labels.get(_PREFIX + mode, _LEVELS[0])
    return level if level in _LEVELS else _LEVELS[0], labels.get(f"{_PREFIX}{mode}-version", "latest")


def _faults(spec: Object, *, level: str) -> list[str]:
    rules = {"baseline": baseline.RULES, "restricted": restricted.RULES}.get(level, ())
    return [fault for rule in rules if (fault := rule(spec))]
