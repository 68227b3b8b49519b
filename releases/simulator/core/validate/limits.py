"""LimitRanges."""

from __future__ import annotations

from .. import quantities
from ..errors import Cause
from ..objects import Object
from . import names

_TYPES = ("Pod", "Container", "PersistentVolumeClaim")
_FIELDS = ("min", "max", "default", "defaultRequest", "maxLimitRequestRatio")
# Which amount may not be above which, in what words, under which field, and which of the two is shown.
_ORDER = (
    ("min", "max", "min value", "max value", "min", "min"),
    ("min", "defaultRequest", "min value", "default request value", "defaultRequest", "defaultRequest"),
    ("defaultRequest", "max", "default request value", "max value", "defaultRequest", "defaultRequest"),
    ("defaultRequest", "default", "default request value", "default limit value", "defaultRequest", "defaultRequest"),
    ("min", "default", "min value", "default value", "default", "min"),
    ("default", "max", "default value", "max value", "default", "max"),
)


def limit_range(obj: Object) -> list[Cause]:
    causes: list[Cause] = []
    seen: set[str] = set()
    for place, item in enumerate((obj.get("spec") or {}).get("limits") or ()):
        here, type_ = f"spec.limits[{place}]", item.get("type", "")
        if type_ not in _TYPES and "/" not in type_:
            causes.append(names.bad(f"{here}.type", type_, "must be a standard limit type or fully qualified"))
        if type_ in seen:
            causes.append(names.duplicate(f"{here}.type", type_))
        seen.add(type_)
        if type_ == "Pod":
            words = "may not be specified when `type` is 'Pod'"
            causes += [names.forbidden(f"{here}.{field}", words) for field in _FIELDS[2:4] if item.get(field)]
        for name in sorted({name for field in _FIELDS for name in item.get(field) or ()}):
            causes += _order(item, name, here)
    return causes


def _order(item: Object, name: str, here: str) -> list[Cause]:
    """What is wrong with the amounts of one resource among themselves."""
    found = {field: item[field][name] for field in _FIELDS if name in (item.get(field) or {})}
    causes: list[Cause] = []
    for low, high, low_word, high_word, field, shown in _ORDER:
        if low in found and high in found and quantities.parse(found[low]) > quantities.parse(found[high]):
            words = f"{low_word} {found[low]} is greater than {high_word} {found[high]}"
            causes.append(names.bad(f"{here}.{field}[{name}]", found[shown], words))
    ratio = found.get("maxLimitRequestRatio")
    if ratio is not None and quantities.parse(ratio) < 1:
        causes.append(names.bad(f"{here}.maxLimitRequestRatio[{name}]", ratio, f"ratio {ratio} is less than 1"))
    return causes
