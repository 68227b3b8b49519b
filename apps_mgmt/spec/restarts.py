"""When the processes of an app were last restarted, which no edit changes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

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
