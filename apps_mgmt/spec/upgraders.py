"""From version to version: how a spec stored long ago becomes one of today.

One function for each step, registered by the version it starts from; each takes the JSON of its version and gives the
JSON of the next. They never change once released: an old revision has to mean tomorrow what it means today. What equals
a default is not stored, so a default that changes is a new version, too: its step writes the old one out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps_mgmt.spec.errors import SpecError, say

VERSION = 2

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


@upgrader(1)
def _steps_of_every_kind(data: Json) -> Json:
    """Version 1 knew canary steps only, an order of single clusters, hooks in one list, networks as plain texts.

    Steps of other strategies meant nothing and go. A check was a name, with nothing behind it: somebody looks.
    """
    upgraded = dict(data)
    if release := data.get("release"):
        upgraded["release"] = release = dict(release)
        taken: set[str] = set()
        if "hooks" in release:
            release["hooks"] = _hooks(release["hooks"], taken)
        if "steps" in (strategy := release.get("strategy", {})):
            canary = strategy.get("kind") == "canary"
            release["strategy"] = {**strategy, "steps": _steps(strategy["steps"], taken) if canary else []}
        if order := release.get("waves", {}).get("order"):
            release["waves"] = {**release["waves"], "order": [{"clusters": [name]} for name in dict.fromkeys(order)]}
    if egress := (data.get("network_policy") or {}).get("egress"):
        networks = [{"network": network} for network in dict.fromkeys(egress)]
        upgraded["network_policy"] = {**data["network_policy"], "egress": networks}
    return upgraded


def _steps(rows: list[Json], taken: set[str]) -> list[Json]:
    steps: list[Json] = []
    for number, row in enumerate(rows, 1):
        _only(row, "replicas", "traffic", "header", "pause", "checks")
        if row.get("replicas") or number == 1:
            steps.append({"kind": "batch", "name": f"batch_{number}", "replicas": row.get("replicas") or "1"})
        if row.get("traffic") is not None or row.get("header"):
            moved: Json = {name: row[name] for name in ("traffic", "header") if name in row}
            steps.append({"kind": "traffic", "name": f"traffic_{number}", **moved})
        if row.get("pause"):
            steps.append({"kind": "pause", "name": f"pause_{number}", "seconds": row["pause"]})
        if row.get("checks"):
            steps.append({"kind": "note", "name": f"check_{number}", "text": ", ".join(row["checks"])})
    return [{**step, "name": _step_name(step["name"], taken)} for step in steps]


def _hooks(rows: list[Json], taken: set[str]) -> Json:
    hooks: Json = {"before": [], "after": []}
    for row in rows:
        _only(row, "name", "when", "command", "process", "url", "timeout", "resources")
        step: Json = {"name": _step_name(row["name"], taken), "timeout": row.get("timeout", 600)}
        if row.get("url"):
            step |= {"kind": "http-call", "request": {"url": row["url"]}}
        else:
            kept: Json = {name: row[name] for name in ("process", "command", "resources") if name in row}
            step |= {"kind": "job", **kept}
        hooks[row["when"]].append(step)
    return hooks


def _only(row: Json, *known: str) -> None:
    if strange := set(row) - set(known):
        raise KeyError(*strange)


def _step_name(text: str, taken: set[str]) -> str:
    """A name that expressions can use, and that no other step has."""
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    base = name = (plain if plain[:1].isalpha() else f"step_{plain}")[:36].rstrip("_")
    number = 1
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    taken.add(name)
    return name
