"""Which of an app's objects may go. Pure: takes what was listed, gives what to delete and what is spared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Key = tuple[str, str]
Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Pruned:
    """Keys are (kind, name). `spared` is configuration that something which still runs uses; a later prune gets it."""

    removed: tuple[Key, ...] = ()
    spared: tuple[Key, ...] = ()


def divide(
    listed: Mapping[Key, Raw], *, keep: Iterable[Key], running: Sequence[tuple[str, Raw]]
) -> tuple[list[Key], list[Key]]:
    """(to delete, spared) out of `listed`. `running` is every workload, ReplicaSet and Pod of the app, with its kind.

    An object that another object owns (a ReplicaSet's pods, a claim made from a template) is never listed here: it
    goes with its owner.
    """
    kept = set(keep)
    candidates = [key for key, item in listed.items() if key not in kept and not _owned(item)]
    doomed = _doomed((listed[key] for key in candidates), [item for _kind, item in running])
    used = {
        key
        for kind, item in running
        if _uid(item) not in doomed and _is_live(kind, item)
        for key in _uses(_pod_spec(kind, item))
    }
    spared = [key for key in candidates if key in used]
    return [key for key in candidates if key not in used], spared


def configuration_of(kind: str, item: Raw) -> set[Key]:
    """The ConfigMaps and Secrets that the instances of a workload refer to."""
    return {key for key in _uses(_pod_spec(kind, item)) if key[1]}


def in_order(keys: Iterable[Key]) -> list[Key]:
    """The order of deletion: what sends traffic first, then what runs, what it reads last."""
    order = {"HTTPRoute": 0, "Ingress": 0, "HorizontalPodAutoscaler": 1, "PodDisruptionBudget": 1, "Service": 2}
    last = {"ConfigMap": 4, "Secret": 4, "ServiceAccount": 5}
    return sorted(keys, key=lambda key: (order.get(key[0], last.get(key[0], 3)), key))


def _doomed(going: Iterable[Raw], running: Sequence[Raw]) -> set[str]:
    """The uids of what goes, with what goes along because it is owned by it: ReplicaSets, then their pods.

    None of that starts a container again, so configuration only they use can go at once. If it stayed, nothing would
    ever come back for it once the app is deleted or has left the cluster.
    """
    doomed = {uid for item in going if (uid := _uid(item))}
    while True:
        more = {_uid(item) for item in running if _uid(item) not in doomed and _owners(item) & doomed}
        if not more:
            return doomed
        doomed |= more


def _uid(item: Raw) -> str:
    return str((item.get("metadata") or {}).get("uid", ""))


def _owners(item: Raw) -> set[str]:
    return {str(owner.get("uid", "")) for owner in (item.get("metadata") or {}).get("ownerReferences") or ()}


def _is_live(kind: str, item: Raw) -> bool:
    if kind == "Pod":
        return (item.get("status") or {}).get("phase") not in ("Succeeded", "Failed")
    if kind == "ReplicaSet":
        wanted = (item.get("spec") or {}).get("replicas", 1)
        return bool(wanted or (item.get("status") or {}).get("replicas", 0))
    return not (item.get("metadata") or {}).get("deletionTimestamp")


def _owned(item: Raw) -> bool:
    return any(owner.get("controller") for owner in (item.get("metadata") or {}).get("ownerReferences") or ())


def _pod_spec(kind: str, item: Raw) -> Raw:
    spec = item.get("spec") or {}
    return spec if kind == "Pod" else (spec.get("template") or {}).get("spec") or {}


def _uses(spec: Raw) -> Iterator[Key]:
    for volume in spec.get("volumes") or ():
        yield from _sources(volume)
        if name := (volume.get("secret") or {}).get("secretName"):
            yield ("Secret", name)
        for source in (volume.get("projected") or {}).get("sources") or ():
            yield from _sources(source)
    for key in ("initContainers", "containers", "ephemeralContainers"):
        for container in spec.get(key) or ():
            for entry in container.get("envFrom") or ():
                yield from _sources(entry, config_map="configMapRef", secret="secretRef")
            for entry in container.get("env") or ():
                yield from _sources(entry.get("valueFrom") or {}, config_map="configMapKeyRef", secret="secretKeyRef")
    for entry in spec.get("imagePullSecrets") or ():
        yield ("Secret", entry.get("name", ""))


def _sources(entry: Raw, *, config_map: str = "configMap", secret: str = "secret") -> Iterator[Key]:
    if name := (entry.get(config_map) or {}).get("name"):
        yield ("ConfigMap", name)
    if name := (entry.get(secret) or {}).get("name"):
        yield ("Secret", name)
