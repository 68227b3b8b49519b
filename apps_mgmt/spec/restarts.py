"""When the processes of an app were last restarted, which no edit changes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from apps_mgmt.spec.app import AppSpec


def as_restarted(spec: AppSpec, there: Mapping[str, AppSpec], *, only: Collection[str] = ()) -> AppSpec:
    """The spec with the last restart of each process among those that stand `there`, by cluster: on `only` some of
    them, if there are any named. A process that runs nowhere keeps what it has.
    """
    found: dict[str, str] = {}
    for name, running in there.items():
        for one in running.processes if not only or name in only else ():
            found[one.name] = max(found.get(one.name, ""), one.restarted_at)
    for one in spec.processes:
        if found.get(one.name, one.restarted_at) != one.restarted_at:
            spec = spec.with_process(one.name, restarted_at=found[one.name])
    return spec


def unstamped(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of a spec without what restarting and stopping leave in it. What is equal there releases the same."""
    kept = {name: part for name, part in spec.items() if name != "stopped"}
    processes = [
        {name: part for name, part in one.items() if name != "restarted_at"} for one in spec.get("processes", ())
    ]
    return {**kept, "processes": processes}
