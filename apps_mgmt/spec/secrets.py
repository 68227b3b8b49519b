"""Wherever a spec names a secret: found, and brought to other versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from apps_mgmt.spec.base import SpecModel
from apps_mgmt.spec.config import SecretRef


def secrets_in(value: Any) -> Iterator[SecretRef]:
    """Every secret named in a part of a spec, as often as it is named."""
    if isinstance(value, SecretRef):
        yield value
    elif isinstance(value, SpecModel):
        for name in type(value).model_fields:
            yield from secrets_in(getattr(value, name))
    elif isinstance(value, tuple):
        for row in value:
            yield from secrets_in(row)


def with_versions(value: Any, versions: Mapping[str, int]) -> Any:
    """The same with these versions of the secrets it names; those without one stay as they are."""
    if isinstance(value, SecretRef):
        return value.change(version=versions.get(value.name, value.version))
    if isinstance(value, tuple):
        return tuple(with_versions(row, versions) for row in value)
    if isinstance(value, SpecModel) and any(secrets_in(value)):
        names = type(value).model_fields
        return value.change(**{name: with_versions(getattr(value, name), versions) for name in names})
    return value
