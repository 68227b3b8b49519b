"""The closed list of what a quota counts, each with its unit, its default limit and its wording. Pure.

Amounts are whole numbers: millicores for CPU, bytes for memory and both storages, pieces for the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

APPS = "apps"
INSTANCES = "instances"
CPU = "cpu"
MEMORY = "memory"
EPHEMERAL = "ephemeral"
STORAGE = "storage"
GPU = "gpu"
ROUTES = "routes"
SERVICES = "services"
RELEASES = "releases"
JOBS = "jobs"

GIB = 1024**3


@dataclass(frozen=True)
class Dimension:
    """`unit` is `count`, `millicores` or `bytes`; `default` is the limit of a tenant that has none of its own."""

    name: str
    label: str | Promise
    unit: str
    default: int


DIMENSIONS: dict[str, Dimension] = {
    dimension.name: dimension
    for dimension in (
        Dimension(APPS, _("Apps"), "count", 20),
        Dimension(INSTANCES, _("Instances"), "count", 100),
        Dimension(CPU, _("CPU"), "millicores", 20_000),
        Dimension(MEMORY, _("Memory"), "bytes", 64 * GIB),
        Dimension(EPHEMERAL, _("Ephemeral storage"), "bytes", 100 * GIB),
        Dimension(STORAGE, _("Volume storage"), "bytes", 200 * GIB),
        Dimension(GPU, _("GPUs"), "count", 0),
        Dimension(ROUTES, _("Routes"), "count", 50),
        Dimension(SERVICES, _("Services"), "count", 20),
        Dimension(RELEASES, _("Releases at once"), "count", 20),
        Dimension(JOBS, _("Scheduled jobs"), "count", 20),
    )
}

# The order in which the usage rows are locked, everywhere.
LOCK_ORDER: tuple[str, ...] = tuple(sorted(DIMENSIONS))

MOST = 10**15
"""No limit is larger, whatever its unit."""

BYTE_UNITS = (("TiB", 1024**4), ("GiB", GIB), ("MiB", 1024**2), ("KiB", 1024))


_TYPED = re.compile(r"(?P<number>[0-9]{1,40}(\.[0-9]{1,6})?)\s*(?P<unit>[A-Za-z]{0,5})", re.ASCII)
_SIZES: dict[str, dict[str, int]] = {
    "count": {"": 1},
    "millicores": {"": 1000, "cpu": 1000, "cpus": 1000, "cores": 1000, "m": 1},
    "bytes": {"b": 1} | {text: size for name, size in BYTE_UNITS for text in (name.lower(), name[:2].lower())},
}
_EXAMPLES = {
    "count": _("%(label)s are a whole number, for example 20."),
    "millicores": _("%(label)s is a number, for example 4 CPU, 1.5 or 500m."),
    "bytes": _("%(label)s is a number with its unit, for example 16 GiB or 512 MiB."),
}


def human(dimension: str, amount: int) -> str:
    """An amount as people read it: `3`, `1.5 CPU`, `2.25 GiB`. KeyError for an unknown dimension."""
    unit = DIMENSIONS[dimension].unit
    if unit == "millicores":
        return f"{_short(amount / 1000, digits=3)} CPU"
    if unit == "bytes":
        return _bytes(amount)
    return str(amount)


def parse(dimension: str, text: str) -> int:
    """What a person typed, as an amount: `20`, `1.5 CPU`, `500m`, `16 GiB`. ValueError with a sentence otherwise.

    The units are those `human` writes, `Gi` for `GiB` is taken too; KeyError for an unknown dimension.
    """
    known = DIMENSIONS[dimension]
    found = _TYPED.fullmatch(text.strip())
    size = _SIZES[known.unit].get(found["unit"].lower()) if found else None
    if found is None or size is None:
        raise ValueError(_EXAMPLES[known.unit] % {"label": known.label})
    amount = Decimal(found["number"]) * size
    if known.unit == "bytes":
        amount = Decimal(round(amount))  # 1.01 TiB is no whole number of them
    if amount > MOST:
        raise ValueError(_("This is more than any quota can be. Ask for less."))
    if amount != int(amount):
        raise ValueError(_EXAMPLES[known.unit] % {"label": known.label})
    return int(amount)


def _bytes(amount: int) -> str:
    for name, size in BYTE_UNITS:
        if abs(amount) >= size:
            return f"{_short(amount / size, digits=2)} {name}"
    return f"{amount} B"


def _short(number: float, *, digits: int) -> str:
    return f"{number:.{digits}f}".rstrip("0").rstrip(".")
