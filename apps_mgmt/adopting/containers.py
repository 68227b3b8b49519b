"""Containers: the process's own, those beside it, those before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from apps_mgmt.adopting.parts import Part
from apps_mgmt.spec.config import EnvVar, InstanceField, Reference
from apps_mgmt.spec.containers import Init, Sidecar
from apps_mgmt.spec.image import parse
from apps_mgmt.spec.resources import Gpu, Resources
from apps_mgmt.spec.volumes import TempVolume

AMOUNTS = {"cpu": "cpu", "memory": "memory", "ephemeral-storage": "ephemeral"}
SIDECAR_PROBES = {"ready_port": "readinessProbe", "alive_port": "livenessProbe"}
FIELDS = frozenset(get_args(InstanceField))
# Written into every container by the cluster.
FILLED_IN = {"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}


def read_command(container: Part) -> dict[str, Any]:
    """What every container has: `image`, `command`, `args`, `resources`."""
    container.usual(**FILLED_IN)
    return {
        "image": container.take("image", ""),
        "command": tuple(container.take("command", ())),
        "args": tuple(container.take("args", ())),
        "resources": _resources(container.part("resources")),
    }


def pull_policy(container: Part, image: str) -> str:
    """`""` where it is what the cluster fills in for such an image."""
    policy = str(container.take("imagePullPolicy", ""))
    return "" if policy == ("Always" if parse(image).floating else "IfNotPresent") else policy


def read_env(container: Part) -> tuple[EnvVar, ...]:
    """The variables, in their order."""
    return tuple(one for row in container.rows("env") if (one := _variable(row)) is not None)


def read_sidecar(name: str, container: Part) -> Sidecar:
    """A container that runs beside the process."""
    fields = read_command(container)
    pull = pull_policy(container, fields["image"])
    if pull:
        container.beyond.append(container.path("imagePullPolicy"))
    checks = {ours: _port_check(container, theirs) for ours, theirs in SIDECAR_PROBES.items()}
    return Sidecar(name=name, env=read_env(container), **fields, **checks)


def read_init(name: str, container: Part, *, env: tuple[EnvVar, ...]) -> Init:
    """A container that ends before the process starts; it has the variables of the process, and no others."""
    fields = read_command(container)
    if pull_policy(container, fields["image"]):
        container.beyond.append(container.path("imagePullPolicy"))
    if read_env(container) != env:
        container.beyond.append(container.path("env"))
    return Init(name=name, **fields)


def read_temp(pod: Part, containers: Mapping[str, Part], *, process: str) -> tuple[TempVolume, ...]:
    """Space that goes with the instance: each volume seen at one path. Any other volume is beyond a spec.

    The first of the containers is the process's own.
    """
    main = next(iter(containers))
    seen: dict[str, dict[str, list[str]]] = {}
    for name, container in containers.items():
        for mount in container.rows("volumeMounts"):
            path, volume = str(mount.take("mountPath", "")), str(mount.take("name", ""))
            mount.usual(recursiveReadOnly="Disabled")
            seen.setdefault(volume, {}).setdefault(path, []).append(process if name == main else name)
    found: dict[str, TempVolume] = {}
    for row in pod.rows("volumes"):
        places = seen.get(str(row.take("name", "")), {})
        at = row.path("emptyDir")
        space = row.part("emptyDir") if "emptyDir" in row.names() else None
        path, seers = next(iter(places.items()), ("", []))
        if space is None:
            continue
        size, medium = space.take("sizeLimit", ""), space.take("medium", "")
        if len(places) != 1 or path in found or medium not in ("", "Memory"):
            row.beyond.append(at)
            continue
        who = () if seers == [process] else tuple(seers)
        found[path] = TempVolume(path=path, size=size, in_memory=medium == "Memory", containers=who)
    return tuple(found.values())


def _variable(row: Part) -> EnvVar | None:
    name, value = row.take("name", ""), row.take("value")
    source = row.part("valueFrom")
    field, amount = source.part("fieldRef"), source.part("resourceFieldRef")
    asked = field.take("fieldPath") or amount.take("resource")
    field.usual(apiVersion="v1")
    amount.usual(divisor="0")
    amount.take("containerName")
    if asked in FIELDS:
        return EnvVar(name=name, reference=Reference(field=asked))
    if asked:
        source.beyond.append(source.path())
    # Left unread: a key of a Secret or ConfigMap that Slipway does not hold.
    return None if asked or source else EnvVar(name=name, value=value or "")


def _resources(part: Part) -> Resources:
    fields: dict[str, Any] = {"size": ""}
    requests, limits = part.part("requests"), part.part("limits")
    for theirs, ours in AMOUNTS.items():
        fields[f"{ours}_request"] = str(requests.take(theirs, ""))
        fields[f"{ours}_limit"] = str(limits.take(theirs, ""))
    device = next((name for name in limits.names() if "/" in name), "")
    if device:
        count = str(limits.take(device))
        requests.usual(**{device: count})
        fields["gpu"] = Gpu(count=int(count), resource=device)
    return Resources(**fields)


def _port_check(container: Part, name: str) -> int:
    """A sidecar is asked by TCP every five seconds, or not at all."""
    part = container.part(name)
    if not part:
        return 0
    port = part.part("tcpSocket").take("port", 0)
    part.usual(periodSeconds=5, timeoutSeconds=1, successThreshold=1, failureThreshold=3)
    if not isinstance(port, int) or not port:
        part.beyond.append(part.path())
        return 0
    return port
