"""The restricted level: what is hardened has to say so. Each rule gives its sentence, or nothing."""

from __future__ import annotations

from ..objects import Object
from .baseline import Rule, added, host_namespaces, host_ports, privileged, setters, sysctls, unconfined
from .containers import containers_of, named, profile_of, security_of, several

_VOLUMES = frozenset(
    [
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ]
)
_BINDING_LOW_PORTS = frozenset({"NET_BIND_SERVICE"})


def _escalation(spec: Object) -> str:
    found = named(spec, lambda container: security_of(container).get("allowPrivilegeEscalation") is not False)
    words = "must set securityContext.allowPrivilegeEscalation=false"
    return f"allowPrivilegeEscalation != false ({several('container', found)} {words})" if found else ""


def _drops_all(container: Object) -> bool:
    return "ALL" in ((security_of(container).get("capabilities") or {}).get("drop") or ())


def _capabilities(spec: Object) -> str:
    keep = named(spec, lambda container: not _drops_all(container))
    said = [f'{several("container", keep)} must set securityContext.capabilities.drop=["ALL"]'] if keep else []
    if words := added(spec, _BINDING_LOW_PORTS):
        said.append(words)
    return f"unrestricted capabilities ({'; '.join(said)})" if said else ""


def _volumes(spec: Object) -> str:
    found = {
        volume["name"]: kind
        for volume in spec.get("volumes") or ()
        for kind in volume
        if kind != "name" and kind not in _VOLUMES
    }
    if not found:
        return ""
    kinds, verb = sorted(set(found.values())), "use" if len(found) > 1 else "uses"
    used = several("restricted volume type", kinds)
    return f"restricted volume types ({several('volume', list(found))} {verb} {used})"


def _non_root(spec: Object) -> str:
    said = "runAsNonRoot != true"
    if who := setters(spec, lambda holder: security_of(holder).get("runAsNonRoot") is False):
        return f"{said} ({who} must not set securityContext.runAsNonRoot=false)"
    if security_of(spec).get("runAsNonRoot"):
        return ""
    found = named(spec, lambda container: "runAsNonRoot" not in security_of(container))
    return f"{said} (pod or {several('container', found)} must set securityContext.runAsNonRoot=true)" if found else ""


def _user(spec: Object) -> str:
    who = setters(spec, lambda holder: security_of(holder).get("runAsUser") == 0)
    return f"runAsUser=0 ({who} must not set runAsUser=0)" if who else ""


def _profile(spec: Object) -> str:
    if words := unconfined(spec):
        return words
    if profile_of(spec):
        return ""
    found = [container.get("name", "") for container in containers_of(spec) if not profile_of(container)]
    words = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
    return f"seccompProfile (pod or {several('container', found)} {words})" if found else ""


RULES: tuple[Rule, ...] = (
    host_namespaces,
    host_ports,
    privileged,
    sysctls,
    _escalation,
    _capabilities,
    _volumes,
    _non_root,
    _user,
    _profile,
)
