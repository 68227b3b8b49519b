"""Where a pod may go, as whom it runs and which names it knows: what its spec says of that."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from ..errors import Cause
from ..objects import Object
from . import names

_MOST_ID = 2**31 - 1
_OPERATORS = ("Equal", "Exists")


def placing(spec: Object, field: str) -> list[Cause]:
    """What is wrong with users, tolerations, aliases and spread of a pod's spec."""
    causes = _ids(spec, f"{field}.securityContext", ("fsGroup", "runAsUser", "runAsGroup"))
    causes += _tolerations(spec.get("tolerations") or (), f"{field}.tolerations")
    causes += _aliases(spec.get("hostAliases") or (), f"{field}.hostAliases")
    for place, row in enumerate(spec.get("topologySpreadConstraints") or ()):
        here = f"{field}.topologySpreadConstraints[{place}]"
        if row.get("maxSkew", 0) <= 0:
            causes.append(names.bad(f"{here}.maxSkew", row.get("maxSkew", 0), "must be greater than zero"))
    return causes


def users(container: Object, field: str) -> list[Cause]:
    """The same of the users of a container."""
    return _ids(container, f"{field}.securityContext", ("runAsUser", "runAsGroup"))


def _ids(holder: Object, field: str, ids: Iterable[str]) -> list[Cause]:
    context = holder.get("securityContext") or {}
    words = f"must be between 0 and {_MOST_ID}, inclusive"
    wrong = [name for name in ids if context.get(name) is not None and not 0 <= context[name] <= _MOST_ID]
    return [names.bad(f"{field}.{name}", context[name], words) for name in wrong]


def _tolerations(rows: Iterable[Object], field: str) -> list[Cause]:
    causes: list[Cause] = []
    for place, row in enumerate(rows):
        here, operator = f"{field}[{place}].operator", row.get("operator", "")
        if not row.get("key") and operator != "Exists":
            words = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
            causes.append(names.bad(here, operator, words))
        if operator == "Exists" and row.get("value"):
            causes.append(names.bad(here, row["value"], "value must be empty when `operator` is 'Exists'"))
        elif operator and operator not in _OPERATORS:
            causes.append(names.unsupported(here, operator, _OPERATORS))
    return causes


def _aliases(rows: Iterable[Object], field: str) -> list[Cause]:
    causes: list[Cause] = []
    for place, row in enumerate(rows):
        ip = row.get("ip", "")
        try:
            ipaddress.ip_address(ip)
        except ValueError:
            words = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
            causes.append(names.bad(f"{field}[{place}].ip", ip, words))
        for number, name in enumerate(row.get("hostnames") or ()):
            causes += names.dns_subdomain(f"{field}[{place}].hostnames[{number}]", name)
    return causes
