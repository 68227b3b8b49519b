"""A spec as JSON, to and fro, and its digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps_mgmt.spec.app import AppSpec
from apps_mgmt.spec.errors import SpecError
from apps_mgmt.spec.upgraders import VERSION, upgrade


def load(data: Mapping[str, Any]) -> AppSpec:
    """The spec that this JSON holds, of whatever version. SpecError, with the path, for what is none."""
    if not isinstance(data, Mapping):
        raise SpecError(_("A spec is an object with fields."))
    try:
        upgraded = upgrade(dict(data))
    except (AttributeError, KeyError, TypeError):
        raise SpecError(_("This spec is not of the version it says. Export it again.")) from None
    try:
        return AppSpec.model_validate(upgraded)
    except RecursionError:
        raise SpecError(_("This spec is nested too deep.")) from None


def dump(spec: AppSpec) -> dict[str, Any]:
    """The JSON of a spec: what differs from the defaults, and the version. `load` gives the same spec again."""
    return {"version": VERSION, **spec.model_dump(mode="json", exclude_defaults=True)}


def digest(spec: AppSpec) -> str:
    """SHA-256 of the canonical JSON, 64 hexadecimal digits. Equal specs have equal digests.

    It says version 1 whatever today's is: a newer Slipway must not take what it did not touch for something else.
    """
    return digest_json({**dump(spec), "version": 1})


def digest_json(value: object) -> str:
    """SHA-256 of any JSON value in canonical form: keys sorted, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
