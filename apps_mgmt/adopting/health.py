"""Ports, probes and hooks of a container."""

from __future__ import annotations

from typing import Any

from apps_mgmt.adopting.parts import Part
from apps_mgmt.spec.health import HttpHeader, Probe

PROBES = {"startupProbe": "startup", "livenessProbe": "liveness", "readinessProbe": "readiness"}
HOOKS = {"postStart": "post_start", "preStop": "pre_stop"}


class Ports:
    """The ports of a container while it is read: probes and hooks may speak of one that it does not declare."""

    def __init__(self, container: Part) -> None:
        self._rows: list[dict[str, Any]] = []
        for row in container.rows("ports"):
            number, protocol = int(row.take("containerPort", 0)), str(row.take("protocol", "TCP"))
            name = row.take("name") or self._free(number)
            if protocol not in ("TCP", "UDP"):
                row.refuse("protocol")
            self._rows.append({"name": name, "port": number, "protocol": "udp" if protocol == "UDP" else "tcp"})

    def named(self, value: Any, *, protocol: str) -> str:
        """The name of a port that is spoken of by name or number, which tells what is spoken there."""
        row = next(
            (one for one in self._rows if value in (one["name"], one["port"]) and one["protocol"] != "udp"), None
        )
        if row is None:
            if not isinstance(value, int):
                return str(value)
            row = {"name": self._free(value), "port": value, "protocol": "tcp", "exposure": "hidden"}
            self._rows.append(row)
        if row["protocol"] == "tcp" and protocol:
            row["protocol"] = protocol
        return str(row["name"])

    def read(self) -> tuple[dict[str, Any], ...]:
        """Fields of `Port`, when everything that speaks of ports was read."""
        for row in self._rows:
            if row["protocol"] == "tcp":
                row["protocol"] = next((one for one in ("http", "grpc") if str(row["name"]).startswith(one)), "tcp")
        return tuple(self._rows)

    def _free(self, number: int) -> str:
        """A name for a port that has none."""
        name = f"port-{number}"
        return f"{name}-udp"[:15] if any(row["name"] == name for row in self._rows) else name


def read_probes(container: Part, ports: Ports) -> dict[str, Probe]:
    """Fields of `Probes`."""
    found = {}
    for theirs, ours in PROBES.items():
        part = container.part(theirs)
        if part:
            found[ours] = _probe(part, ports)
    return found


def read_hooks(container: Part, ports: Ports) -> dict[str, dict[str, Any]]:
    """Fields of `Hooks`."""
    found = {}
    lifecycle = container.part("lifecycle")
    for theirs, ours in HOOKS.items():
        part = lifecycle.part(theirs)
        if part:
            found[ours] = _hook(part, ports)
    return found


def _probe(part: Part, ports: Ports) -> Probe:
    fields: dict[str, Any] = {
        "initial_delay": part.take("initialDelaySeconds", 0),
        "period": part.take("periodSeconds", 10),
        "timeout": part.take("timeoutSeconds", 1),
        "successes": part.take("successThreshold", 1),
        "failures": part.take("failureThreshold", 3),
    }
    http, tcp, grpc, run = (part.part(name) for name in ("httpGet", "tcpSocket", "grpc", "exec"))
    if run:
        return Probe(kind="exec", command=tuple(run.take("command", ())), **fields)
    if grpc:
        port = ports.named(grpc.take("port"), protocol="grpc")
        return Probe(kind="grpc", port=port, service=grpc.take("service", ""), **fields)
    if tcp:
        return Probe(kind="tcp", port=ports.named(tcp.take("port"), protocol=""), **fields)
    headers = tuple(
        HttpHeader(name=row.take("name", ""), value=row.take("value", "")) for row in http.rows("httpHeaders")
    )
    return Probe(
        kind="http",
        path=http.take("path", "/"),
        port=ports.named(http.take("port"), protocol="http"),
        scheme=http.take("scheme", "HTTP"),
        headers=headers,
        **fields,
    )


def _hook(part: Part, ports: Ports) -> dict[str, Any]:
    http, run, sleep = (part.part(name) for name in ("httpGet", "exec", "sleep"))
    if run:
        return {"kind": "exec", "command": tuple(run.take("command", ()))}
    if sleep:
        return {"kind": "sleep", "seconds": sleep.take("seconds", 0)}
    http.usual(scheme="HTTP")
    return {"kind": "http", "path": http.take("path", "/"), "port": ports.named(http.take("port"), protocol="http")}
