"""Which fields the API server never lets be changed. A change of one means: the object must be made anew.

Not among them is what may be changed in some state: the name of a volume as long as a claim has none, how often a Job
with an index completes, the claims of a CloneSet.
"""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps_mgmt.rendering.facts import Manifest
from apps_mgmt.spec.errors import say
from apps_mgmt.spec.quantity import bytes_of

Path = tuple[str, ...]

FIELDS: dict[str, tuple[Path, ...]] = {
    "ConfigMap": (("data",), ("binaryData",), ("immutable",)),
    "Secret": (("data",), ("immutable",), ("type",)),
    "Deployment": (("spec", "selector"),),
    "CloneSet": (("spec", "selector"),),
    "StatefulSet": (
        ("spec", "selector"),
        ("spec", "serviceName"),
        ("spec", "podManagementPolicy"),
        ("spec", "volumeClaimTemplates"),
    ),
    "Service": (("spec", "clusterIP"), ("spec", "clusterIPs")),
    "PersistentVolumeClaim": (("spec", "accessModes"), ("spec", "storageClassName")),
    "Job": (("spec", "selector"), ("spec", "template"), ("spec", "completionMode")),
}


def must_recreate(old: Manifest, new: Manifest) -> tuple[str | Promise, ...]:
    """Sentences on why the new manifest cannot be applied over the old one; empty when it can.

    The two are of one kind and name.
    """
    kind, name = new["kind"], new["metadata"]["name"]
    found: list[str | Promise] = []
    sentence = _("{kind} {name} must be made anew: {field} cannot be changed.")
    for path in FIELDS.get(kind, ()):
        if _at(old, path) != _at(new, path):
            found.append(say(sentence, kind=kind, name=name, field=".".join(path)))
    if kind == "PersistentVolumeClaim" and _storage(new) < _storage(old):
        shrink = _("The volume {name} must be made anew: it can grow, but not shrink. What is on it would be lost.")
        found.append(say(shrink, name=name))
    return tuple(found)


def _at(manifest: Manifest, path: Path) -> Any:
    value: Any = manifest
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _storage(manifest: Manifest) -> int:
    return bytes_of(str(_at(manifest, ("spec", "resources", "requests", "storage")) or ""))
