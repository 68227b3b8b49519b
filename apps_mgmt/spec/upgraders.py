"""From version to version: how a spec stored long ago becomes one of today.

One function for each step, registered by the version it starts from; each takes the JSON of its version and gives the
JSON of the next. They never change once released: an old revision has to mean tomorrow what it means today. What equals
a default is not stored, so a default that changes is a new version, too: its step writes the old one out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps_mgmt.spec.errors import SpecError, say

VERSION = 1

Json = dict[str, Any]
Upgrader = Callable[[Json], Json]
_STEPS: dict[int, Upgrader] = {}


def upgrader(version: int) -> Callable[[Upgrader], Upgrader]:
    """Registers the step from `version` to the next."""

    def register(step: Upgrader) -> Upgrader:
        if version in _STEPS:
            raise ValueError(f"There is an upgrader from version {version} already.")
        _STEPS[version] = step
        return step

    return register


def upgrade(data: Json) -> Json:
    """The JSON in today's version, without its number. SpecError for a version nobody knows."""
    version = data.get("version", VERSION)
    if not isinstance(version, int) or isinstance(version, bool) or version > VERSION:
        sentence = _("This spec has version {version}; this Slipway reads up to {newest}. Update Slipway first.")
        raise SpecError(say(sentence, version=str(version), newest=VERSION), field="version")
    while version < VERSION:
        if version not in _STEPS:
            raise SpecError(say(_("No spec has ever had version {version}."), version=version), field="version")
        data = _STEPS[version](data)
        version += 1
    return {name: value for name, value in data.items() if name != "version"}


@upgrader(0)
def _processes_in_a_list(data: Json) -> Json:
    """Version 0, of the first trials: one process at the top level, variables as a mapping, clusters as a list."""
    process = {name: data[name] for name in ("image", "command", "args", "replicas", "ports", "probes") if name in data}
    rest = {name: value for name, value in data.items() if name not in (*process, "version", "env", "clusters")}
    upgraded: Json = {**rest, "processes": [{"name": "web", **process}]} if process else rest
    if env := data.get("env"):
        upgraded["env"] = [{"name": name, "value": value} for name, value in env.items()]
    if clusters := data.get("clusters"):
        upgraded["placement"] = {"targets": [{"cluster": cluster} for cluster in clusters]}
    return upgraded
