"""ResourceQuotas: what may be counted, and by what numbers."""

from __future__ import annotations

from .. import quantities
from ..errors import Cause
from ..objects import Object
from . import names

_COUNTED = (
    "configmaps",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
)
_OF_A_POD = ("cpu", "ephemeral-storage", "memory")
_MEASURED = (
    *_OF_A_POD,
    *(f"requests.{name}" for name in _OF_A_POD),
    *(f"limits.{name}" for name in _OF_A_POD),
    "requests.storage",
)
_PAGES = ("hugepages-", "requests.hugepages-")
_ELSEWHERE = ("storage",)
"""What is a resource, and none that a quota is about."""


def quota(obj: Object) -> list[Cause]:
    causes: list[Cause] = []
    for name, amount in ((obj.get("spec") or {}).get("hard") or {}).items():
        here = f"spec.hard[{name}]"
        causes += _name(name, here)
        value = quantities.parse(amount)
        if value < 0:
            causes.append(names.bad(here, amount, "must be greater than or equal to 0"))
        if value % 1 and (name in _COUNTED or _is_extended(name)):
            causes.append(names.bad(here, amount, "must be an integer"))
    return causes


def _name(name: str, here: str) -> list[Cause]:
    if "/" in name:
        return names.qualified_name(here, name)
    if name in (*_COUNTED, *_MEASURED) or name.startswith(_PAGES):
        return []
    words = "must be a standard resource type or fully qualified"
    causes = [] if name in _ELSEWHERE else [names.bad(here, name, words)]
    return [*causes, names.bad(here, name, "must be a standard resource for quota")]


def _is_extended(name: str) -> bool:
    """Whether it is a resource of somebody else's, which comes in whole pieces."""
    own = "kubernetes.io/" in name or name.startswith("requests.")
    return "/" in name and not own and not names.qualified_name("", name)
