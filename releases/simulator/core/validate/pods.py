"""Pods and pod templates."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .. import quantities
from ..errors import Cause
from ..objects import Object
from . import names
from .placing import placing, users
from .ports import host_ports, ports_of
from .variables import variables

_PULL = ("Always", "IfNotPresent", "Never")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")


def resources(block: Object, field: str) -> list[Cause]:
    """Requests may not exceed limits, and neither may be negative."""
    causes: list[Cause] = []
    limits = block.get("limits") or {}
    for part in ("limits", "requests"):
        for name, amount in (block.get(part) or {}).items():
            if quantities.parse(amount) < 0:
                causes.append(names.bad(f"{field}.{part}[{name}]", amount, "must be greater than or equal to 0"))
    for name, amount in (block.get("requests") or {}).items():
        if name in limits and quantities.parse(amount) > quantities.parse(limits[name]):
            words = f"must be less than or equal to {name} limit of {limits[name]}"
            causes.append(names.bad(f"{field}.requests", amount, words))
    return causes


def _probe(probe: Object, field: str) -> list[Cause]:
    causes: list[Cause] = []
    handlers = [name for name in _HANDLERS if name in probe]
    if not handlers:
        causes.append(names.required(field, "must specify a handler type"))
    for name in handlers[1:]:
        causes.append(names.forbidden(f"{field}.{name}", "may not specify more than 1 handler type"))
    for name in ("httpGet", "tcpSocket", "grpc"):
        port = (probe.get(name) or {}).get("port")
        if name in probe and isinstance(port, int):
            causes += names.port_number(f"{field}.{name}.port", port)
        elif name in probe and not port:
            causes.append(names.required(f"{field}.{name}.port"))
    for key in ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"):
        causes += names.not_negative(f"{field}.{key}", probe.get(key))
    if field.endswith(("livenessProbe", "startupProbe")) and probe.get("successThreshold", 1) != 1:
        causes.append(names.bad(f"{field}.successThreshold", probe["successThreshold"], "must be 1"))
    return causes


def _mounts(rows: list[Object], field: str, volumes: set[str]) -> list[Cause]:
    causes: list[Cause] = []
    seen: set[str] = set()
    for place, row in enumerate(rows):
        here = f"{field}[{place}]"
        if row.get("name") not in volumes:
            causes.append(Cause(f"{here}.name", "FieldValueNotFound", f"Not found: {names.shown(row.get('name', ''))}"))
        if not row.get("mountPath"):
            causes.append(names.required(f"{here}.mountPath"))
        elif row["mountPath"] in seen:
            causes.append(names.bad(f"{here}.mountPath", row["mountPath"], "must be unique"))
        seen.add(row.get("mountPath", ""))
    return causes


def _container(container: Object, field: str, volumes: set[str], ports: set[str]) -> list[Cause]:
    causes: list[Cause] = []
    if not container.get("name"):
        causes.append(names.required(f"{field}.name"))
    else:
        causes += names.dns_label(f"{field}.name", container["name"])
    image = container.get("image")
    if not image:
        causes.append(names.required(f"{field}.image"))
    elif image != image.strip():
        causes.append(names.bad(f"{field}.image", image, "must not have leading or trailing whitespace"))
    if container.get("imagePullPolicy", "Always") not in _PULL:
        causes.append(names.unsupported(f"{field}.imagePullPolicy", container["imagePullPolicy"], _PULL))
    causes += ports_of(container.get("ports") or [], f"{field}.ports", ports)
    causes += variables(container.get("env") or [], f"{field}.env")
    causes += resources(container.get("resources") or {}, f"{field}.resources")
    causes += _mounts(container.get("volumeMounts") or [], f"{field}.volumeMounts", volumes)
    causes += users(container, field)
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if name in container:
            causes += _probe(container[name], f"{field}.{name}")
    return causes


def _volumes(rows: list[Object], field: str) -> tuple[list[Cause], set[str]]:
    causes: list[Cause] = []
    seen: set[str] = set()
    for place, volume in enumerate(rows):
        here = f"{field}[{place}]"
        name = volume.get("name", "")
        if not name:
            causes.append(names.required(f"{here}.name"))
        elif name in seen:
            causes.append(names.duplicate(f"{here}.name", name))
        else:
            causes += names.dns_label(f"{here}.name", name)
        seen.add(name)
        for source in sorted(set(volume) - {"name"})[1:]:
            causes.append(names.forbidden(f"{here}.{source}", "may not specify more than 1 volume type"))
    return causes, seen


def pod_spec(
    spec: Any,
    field: str,
    *,
    restart: tuple[str, ...] = ("Always", "OnFailure", "Never"),
    claimed: Collection[str] = (),
) -> list[Cause]:
    """Everything wrong with a pod's spec.

    ``restart`` lists the restart policies its owner allows, ``claimed`` the volumes it gets beside those it lists.
    """
    if not isinstance(spec, dict) or not spec.get("containers"):
        return [names.required(f"{field}.containers")]
    causes, listed = _volumes(spec.get("volumes") or [], f"{field}.volumes")
    volumes = listed | set(claimed)
    seen: set[str] = set()
    for group in ("containers", "initContainers"):
        for place, container in enumerate(spec.get(group) or ()):
            here = f"{field}.{group}[{place}]"
            causes += _container(container, here, volumes, set())
            if container.get("name") in seen:
                causes.append(names.duplicate(f"{here}.name", container["name"]))
            seen.add(container.get("name", ""))
    causes += host_ports(spec, field)
    if spec.get("restartPolicy", "Always") not in restart:
        causes.append(names.unsupported(f"{field}.restartPolicy", spec["restartPolicy"], restart))
    if spec.get("serviceAccountName"):
        causes += names.dns_subdomain(f"{field}.serviceAccountName", spec["serviceAccountName"])
    if spec.get("priorityClassName"):
        causes += names.dns_subdomain(f"{field}.priorityClassName", spec["priorityClassName"])
    causes += names.labels(f"{field}.nodeSelector", spec.get("nodeSelector"))
    causes += placing(spec, field)
    return causes


def pod_update(old: Object, new: Object) -> list[Cause]:
    """A pod's spec may change only its images, deadline, and tolerations (added)."""

    def frozen(spec: Object) -> Object:
        keep = {key: value for key, value in spec.items() if key not in ("activeDeadlineSeconds", "tolerations")}
        for group in ("containers", "initContainers"):
            if group in keep:
                keep[group] = [{**row, "image": ""} for row in keep[group]]
        return keep

    if frozen(old["spec"]) == frozen(new["spec"]):
        return []
    words = (
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
        "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
        "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
    )
    return [names.forbidden("spec", words)]
