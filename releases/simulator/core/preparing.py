"""What the API server adds to a new object by itself: nobody owns it."""

from __future__ import annotations

from collections.abc import Callable

from . import kinds
from .kinds import Kind
from .objects import Object, labels_of

CLAIM_IN_USE = "kubernetes.io/pvc-protection"
CONTROLLER_UID = "batch.kubernetes.io/controller-uid"


def _claim(obj: Object, uid: str) -> None:
    finalizers = obj["metadata"].setdefault("finalizers", [])
    if CLAIM_IN_USE not in finalizers:
        finalizers.append(CLAIM_IN_USE)


def _job(obj: Object, uid: str) -> None:
    """A Job selects its pods by its own uid, under the names of today and those of before."""
    spec, meta = obj["spec"], obj["metadata"]
    template = spec.setdefault("template", {})
    if not spec.get("manualSelector"):
        labels = template.setdefault("metadata", {}).setdefault("labels", {})
        for prefix in ("batch.kubernetes.io/", ""):
            labels |= {f"{prefix}controller-uid": uid, f"{prefix}job-name": meta["name"]}
        spec.setdefault("selector", {}).setdefault("matchLabels", {})[CONTROLLER_UID] = uid


_ADDED: dict[str, Callable[[Object, str], None]] = {kinds.CLAIM.resource: _claim, kinds.JOB.resource: _job}


def prepare(obj: Object, *, kind: Kind, uid: str) -> None:
    """Complete, in place, a new object that will have this ``uid``, before it is judged."""
    add = _ADDED.get(kind.resource)
    if add is not None:
        add(obj, uid)


def drop(obj: Object, *, kind: Kind) -> None:
    """Take out, in place, what was written and is not served: whoever wrote it owns it all the same."""
    if kind == kinds.STATEFUL_SET:
        (obj["spec"]["updateStrategy"].get("rollingUpdate") or {}).pop("maxUnavailable", None)


def finish(obj: Object, *, kind: Kind) -> None:
    """What is added, in place, once the object has been found right: a Job is called what its pods are called."""
    if kind == kinds.JOB and not obj["metadata"].get("labels"):
        obj["metadata"]["labels"] = dict(labels_of(obj["spec"]["template"]))
