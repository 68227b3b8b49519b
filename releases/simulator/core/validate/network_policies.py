"""NetworkPolicies."""

from __future__ import annotations

import ipaddress
from typing import Any

from ..errors import Cause
from ..objects import Object
from . import names, selectors

_TYPES = ("Ingress", "Egress")
_PROTOCOLS = ("TCP", "UDP", "SCTP")
_CIDR_WORDS = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def network_policy(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    causes = selectors.label_selector(spec.get("podSelector") or {}, "spec.podSelector")
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for place, rule in enumerate(spec.get(direction) or ()):
            here = f"spec.{direction}[{place}]"
            for row, port in enumerate(rule.get("ports") or ()):
                causes += _port(port, f"{here}.ports[{row}]")
            for row, peer in enumerate(rule.get(peers) or ()):
                causes += _peer(peer, f"{here}.{peers}[{row}]")
    types = spec.get("policyTypes") or []
    if len(types) > len(_TYPES):
        words = "may not specify more than two policyTypes"
        return [*causes, Cause("spec.policyTypes", "FieldValueInvalid", f"Invalid value: {_listed(types)}: {words}")]
    for place, type_ in enumerate(types):
        if type_ not in _TYPES:
            causes.append(names.unsupported(f"spec.policyTypes[{place}]", type_, _TYPES))
    return causes


def _listed(values: list[str]) -> str:
    return "[" + ",".join(names.shown(value) for value in values) + "]"


def _port(row: Object, field: str) -> list[Cause]:
    causes: list[Cause] = []
    if row.get("protocol") not in _PROTOCOLS:
        causes.append(names.unsupported(f"{field}.protocol", row.get("protocol"), _PROTOCOLS))
    port, end = row.get("port"), row.get("endPort")
    if isinstance(port, int):
        causes += names.port_number(f"{field}.port", port)
    elif port is not None:
        causes += names.port_name(f"{field}.port", port)
    return causes + (_end(port, end, f"{field}.endPort") if end is not None else [])


def _end(port: Any, end: int, field: str) -> list[Cause]:
    if port is None:
        return [names.bad(field, end, "may not be specified when `port` is not specified")]
    if isinstance(port, str):
        return [names.bad(field, end, "may not be specified when `port` is non-numeric")]
    if end < port:
        return [names.bad(field, port, "must be greater than or equal to `port`")]
    return names.port_number(field, end)


def _peer(peer: Object, field: str) -> list[Cause]:
    causes: list[Cause] = []
    for name in ("podSelector", "namespaceSelector"):
        causes += selectors.label_selector(peer.get(name) or {}, f"{field}.{name}")
    if "ipBlock" in peer:
        causes += _block(peer["ipBlock"], f"{field}.ipBlock")
    if not peer:
        causes.append(names.required(field, "must specify a peer"))
    elif "ipBlock" in peer and len(peer) > 1:
        causes.append(names.forbidden(field, "may not specify both ipBlock and another peer"))
    return causes


def _block(block: Object, field: str) -> list[Cause]:
    if not block.get("cidr"):
        return [names.required(f"{field}.cidr")]
    whole = _network(block["cidr"])
    if whole is None:
        return [names.bad(f"{field}.cidr", block["cidr"], _CIDR_WORDS)]
    causes: list[Cause] = []
    for place, text in enumerate(block.get("except") or ()):
        part, here = _network(text), f"{field}.except[{place}]"
        if part is None:
            causes.append(names.bad(here, text, _CIDR_WORDS))
        elif not _inside(part, whole):
            causes.append(names.bad(here, text, "must be a strict subset of `cidr`"))
    return causes


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text, strict=False) if "/" in text else None
    except ValueError:
        return None


def _inside(part: Network, whole: Network) -> bool:
    return part.version == whole.version and part.prefixlen > whole.prefixlen and part.network_address in whole
