"""Services, Ingresses and Gateways."""

from __future__ import annotations

import re

from ..errors import Cause
from ..objects import Object
from . import names

_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_HOST = re.compile(r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")


def service(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    kind = spec.get("type", "ClusterIP")
    causes: list[Cause] = []
    if kind not in _TYPES:
        causes.append(names.unsupported("spec.type", kind, _TYPES))
    ports = spec.get("ports") or []
    if not ports and kind != "ExternalName" and spec.get("clusterIP") != "None":
        causes.append(names.required("spec.ports"))
    if kind == "ExternalName" and not spec.get("externalName"):
        causes.append(names.required("spec.externalName"))
    seen: set[str] = set()
    pairs: set[tuple[int, str]] = set()
    for place, port in enumerate(ports):
        here = f"spec.ports[{place}]"
        name = port.get("name", "")
        if len(ports) > 1 and not name:
            causes.append(names.required(f"{here}.name"))
        elif name:
            causes += names.dns_label(f"{here}.name", name)
            if name in seen:
                causes.append(names.duplicate(f"{here}.name", name))
        seen.add(name)
        causes += names.port_number(f"{here}.port", port.get("port", 0))
        target = port.get("targetPort")
        if isinstance(target, int):
            causes += names.port_number(f"{here}.targetPort", target)
        elif isinstance(target, str):
            causes += names.port_name(f"{here}.targetPort", target)
        pair = (port.get("port", 0), port.get("protocol", "TCP"))
        if pair in pairs:
            causes.append(names.duplicate(here, {"port": pair[0], "protocol": pair[1]}))
        pairs.add(pair)
    return causes + names.labels("spec.selector", spec.get("selector"))


def service_update(old: Object, new: Object) -> list[Cause]:
    """A cluster address stays what it is."""
    before, after = old["spec"].get("clusterIP"), new["spec"].get("clusterIP")
    if before == after or not before or new["spec"].get("type") == "ExternalName":
        return []
    return [names.bad("spec.clusterIPs[0]", [after], "may not change once set")]


def host_name(field: str, value: str) -> list[Cause]:
    if _HOST.match(value) and len(value) <= 253:
        return []
    return names.dns_subdomain(field, value) or [names.bad(field, value, "must be a DNS name")]


def ingress(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    if not spec.get("rules") and not spec.get("defaultBackend"):
        return [names.bad("spec", {}, "either `defaultBackend` or `rules` must be specified")]
    causes: list[Cause] = []
    for place, rule in enumerate(spec.get("rules") or ()):
        if rule.get("host"):
            causes += host_name(f"spec.rules[{place}].host", rule["host"])
        for row, path in enumerate((rule.get("http") or {}).get("paths") or ()):
            here = f"spec.rules[{place}].http.paths[{row}]"
            if path.get("pathType") is None:
                causes.append(names.required(f"{here}.pathType", "pathType must be specified"))
            elif path["pathType"] not in _PATH_TYPES:
                causes.append(names.unsupported(f"{here}.pathType", path["pathType"], _PATH_TYPES))
            elif path["pathType"] != "ImplementationSpecific" and not path.get("path", "").startswith("/"):
                causes.append(names.bad(f"{here}.path", path.get("path", ""), "must be an absolute path"))
            backend = path.get("backend") or {}
            if not (backend.get("service") or {}).get("name") and not backend.get("resource"):
                causes.append(names.required(f"{here}.backend", "port name or number is required"))
    return causes


def gateway(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    causes = [] if spec.get("gatewayClassName") else [names.required("spec.gatewayClassName")]
    if not spec.get("listeners"):
        causes.append(names.required("spec.listeners"))
    for place, listener in enumerate(spec.get("listeners") or ()):
        here = f"spec.listeners[{place}]"
        causes += [
            names.required(f"{here}.{field}") for field in ("name", "port", "protocol") if not listener.get(field)
        ]
        if listener.get("port"):
            causes += names.port_number(f"{here}.port", listener["port"])
    return causes
