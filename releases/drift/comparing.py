"""Drift: a field that Slipway applied, with another value now, which belongs to another manager; or gone. Pure.

So is what others added to the instances of a workload, see `releases.gateway.added`. Whatever else they have set, and
Slipway does not apply, is none of it. A field of theirs at the very value that Slipway applied is none yet: it becomes
one when a release sets another value there, and is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from releases.gateway.added import is_addition
from releases.gateway.either import instead_of
from releases.gateway.fields import MISSING, find
from releases.gateway.foreign import OUR_NOTES, shown
from releases.observation import ForeignField, Observation
from releases.scaled import REPLICAS
from releases.sealing import sealed

Value = str | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One field of one object (`Kind/name`) on one cluster. `live` and `ours` are None where they are not shown.

    `manager` is blank where it cannot be told. `release`: the number of a release that wanted to set it, and met the
    conflict. `gone`: it is not there any more; `live` is then what somebody put in its place, None for nothing.
    `added`: Slipway sets nothing there; `live` is then the image of a container. `same`: it has the value that Slipway
    applied, which is no drift yet.
    """

    cluster: str
    object: str
    field: str
    manager: str
    at: datetime | None = None
    live: Value = None
    ours: Value = None
    release: int | None = None
    gone: bool = False
    added: bool = False
    same: bool = False

    @property
    def place(self) -> tuple[str, str, str]:
        return self.cluster, self.object, self.field


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a release applied on a cluster: manifests and numbers of instances by key; an autoscaled one has none."""

    cluster: str
    manifests: Mapping[str, Mapping[str, Any]]
    replicas: Mapping[str, int]

    def value(self, key: str, field: str) -> Any:
        """What was applied to a field; MISSING for nothing."""
        if field == REPLICAS:
            return self.replicas.get(key, MISSING)
        if field == OUR_NOTES and key in self.manifests:
            return ""  # Slipway's own, which each object is given when it is applied
        return find(self.manifests.get(key, {}), field)

    def instead(self, key: str, field: str) -> str:
        """The name of what was applied in the place of a field, which may not stand beside it; "" for nothing."""
        return instead_of(self.manifests.get(key, {}), field) if self.value(key, field) is MISSING else ""

    def lacks(self, key: str, field: str) -> bool:
        """Whether it is something that others added to what was applied."""
        return key in self.manifests and is_addition(field) and self.value(key, field) is MISSING


def compare(seen: Observation, applied: Applied) -> list[Drift]:
    """The drift on one cluster, and what is the `same` there; a field that several managers share is told once."""
    found: dict[tuple[str, str, str], Drift] = {}
    for workload in seen.workloads:
        key = f"{workload.kind}/{workload.name}"
        for owner in workload.foreign:
            for one in owner.fields:
                ours, is_added = applied.value(key, one.path), applied.lacks(key, one.path)
                if ours is MISSING and not is_added:
                    continue
                drift = Drift(
                    cluster=applied.cluster,
                    object=key,
                    field=one.path,
                    manager=owner.manager,
                    at=owner.at,
                    live=one.value,
                    gone=one.gone,
                    added=is_added,
                    ours=shown_value(one.path, ours),
                    same=one.shared or (not one.gone and _is(one, ours)),
                )
                found.setdefault(drift.place, drift)
    return [found[place] for place in sorted(found)]


def _is(field: ForeignField, ours: Any) -> bool:
    """Whether the field has the value that Slipway applied."""
    if field.shown:
        return bool(field.value == ours)
    return bool(field.seal) and ours is not MISSING and field.seal == sealed(ours)


def shown_value(field: str, value: Any) -> Value:
    """The value where it may be shown, else None."""
    return value if value is not MISSING and shown(field, value) else None
