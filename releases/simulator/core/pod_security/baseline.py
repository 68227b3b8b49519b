"""The baseline level: no known way out of a container. Each rule gives its sentence, or nothing."""

from __future__ import annotations

from collections.abc import Callable

from ..objects import Object
from .containers import containers_of, named, profile_of, quoted, security_of, several

Rule = Callable[[Object], str]
_CAPABILITIES = frozenset(
    [
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ]
)
_SYSCTLS = frozenset(
    [
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ping_group_range",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_wmem",
    ]
)


def added(spec: Object, allowed: frozenset[str]) -> str:
    """Which containers add capabilities beside the allowed ones."""
    found = {
        container.get("name", ""): extra
        for container in containers_of(spec)
        if (extra := set((security_of(container).get("capabilities") or {}).get("add") or ()) - allowed)
    }
    if not found:
        return ""
    extras = sorted(set().union(*found.values()))
    return f"{several('container', list(found))} must not include {quoted(extras)} in securityContext.capabilities.add"


def _capabilities(spec: Object) -> str:
    words = added(spec, _CAPABILITIES)
    return f"non-default capabilities ({words})" if words else ""


def host_namespaces(spec: Object) -> str:
    found = [f"{field}=true" for field in ("hostNetwork", "hostPID", "hostIPC") if spec.get(field)]
    return f"host namespaces ({', '.join(found)})" if found else ""


def _host_paths(spec: Object) -> str:
    found = [volume["name"] for volume in spec.get("volumes") or () if "hostPath" in volume]
    return f"hostPath volumes ({several('volume', found)})" if found else ""


def host_ports(spec: Object) -> str:
    found: dict[str, list[int]] = {}
    for container in containers_of(spec):
        ports = [row["hostPort"] for row in container.get("ports") or () if row.get("hostPort")]
        if ports:
            found[container.get("name", "")] = ports
    ports = sorted({port for rows in found.values() for port in rows})
    if not ports:
        return ""
    verb, word = "use" if len(found) > 1 else "uses", "hostPorts" if len(ports) > 1 else "hostPort"
    return f"hostPort ({several('container', list(found))} {verb} {word} {', '.join(map(str, ports))})"


def privileged(spec: Object) -> str:
    found = named(spec, lambda container: bool(security_of(container).get("privileged")))
    return f"privileged ({several('container', found)} must not set securityContext.privileged=true)" if found else ""


def setters(spec: Object, test: Callable[[Object], bool]) -> str:
    """The pod and its containers for which a test holds, as one subject of a sentence."""
    found = ["pod"] if test(spec) else []
    names = named(spec, test)
    return " and ".join([*found, several("container", names)] if names else found)


def unconfined(spec: Object) -> str:
    who = setters(spec, lambda holder: profile_of(holder) == "Unconfined")
    return f'seccompProfile ({who} must not set securityContext.seccompProfile.type to "Unconfined")' if who else ""


def sysctls(spec: Object) -> str:
    found = [row["name"] for row in security_of(spec).get("sysctls") or () if row.get("name") not in _SYSCTLS]
    return f"forbidden sysctls ({', '.join(found)})" if found else ""


RULES: tuple[Rule, ...] = (
    _capabilities,
    host_namespaces,
    _host_paths,
    host_ports,
    privileged,
    unconfined,
    sysctls,
)
