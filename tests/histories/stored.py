"""Releases that are over, as JSON: how they were planned, their timelines as they are stored, and how they ended.

`python -m pytest tests/histories/make_golden.py` makes the files anew, from releases on a simulated cluster.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from releases import changes
from releases.changes import Change, ReleaseChange, TargetChange
from releases.snapshot import Frozen, Snapshot, Step, Target, Wave, Workload
from releases.states import ReleaseKind, ReleaseState, RollbackCause, TargetState

FOLDER = Path(__file__).parent / "golden"


def planned(snapshot: Snapshot) -> Snapshot:
    """The same release before anything happened to it."""
    fresh = (replace(one, state=TargetState.WAITING, reason=None, lost_since=None) for one in snapshot.targets)
    blind = tuple(replace(one, observation=None) for one in fresh)
    return replace(snapshot, state=ReleaseState.PLANNED, targets=blind, runs=(), after_stop=None, reason=None, fence=0)


def end_of(snapshot: Snapshot) -> list[Change]:
    """How everything of a release stands, as the changes that would lead there."""
    whole = ReleaseChange(state=snapshot.state, reason=snapshot.reason, after_stop=snapshot.after_stop)
    lanes = (
        TargetChange(cluster=one.cluster, state=one.state, reason=one.reason, lost_since=one.lost_since)
        for one in snapshot.targets
    )
    return [whole, *lanes, *map(changes.of_run, sorted(snapshot.runs, key=lambda run: run.ref))]


def write(name: str, ended: Snapshot, timeline: Sequence[Mapping[str, Any]]) -> None:
    """One file; a line for each thing that happened, so that a change of it can be read."""
    rows = (json.dumps(one, sort_keys=True) for one in timeline)
    end = (json.dumps(changes.dump(one), sort_keys=True) for one in end_of(ended))
    plan = json.dumps(asdict(planned(ended)), default=sorted, sort_keys=True)
    parts = f'{{"planned": {plan},\n"timeline": [\n{_lines(rows)}\n],\n"end": [\n{_lines(end)}\n]}}\n'
    (FOLDER / f"{name}.json").write_text(parts, encoding="utf-8")


def read(name: str) -> tuple[Snapshot, list[dict[str, Any]], list[Change]]:
    """The release as it was planned, its timeline as it is stored, and its end."""
    raw = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return _snapshot(raw["planned"]), raw["timeline"], [changes.load(one) for one in raw["end"]]


def names() -> list[str]:
    """The releases that are kept."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def _lines(rows: Any) -> str:
    return ",\n".join(rows)


def _snapshot(raw: Mapping[str, Any]) -> Snapshot:
    lanes = [
        Target(
            **{
                **row,
                "after": _frozen(row["after"]),
                "before": _frozen(row["before"]),
                "state": TargetState(row["state"]),
            }
        )
        for row in raw["targets"]
    ]
    return Snapshot(
        id=raw["id"],
        kind=ReleaseKind(raw["kind"]),
        state=ReleaseState(raw["state"]),
        targets=tuple(lanes),
        plan=tuple(Step(**row) for row in raw["plan"]),
        waves=tuple(Wave(**row) for row in raw["waves"]),
        failure_budget=raw["failure_budget"],
        rollback_on=frozenset(map(RollbackCause, raw["rollback_on"])),
    )


def _frozen(raw: Mapping[str, Any]) -> Frozen:
    made = {name: tuple(Workload(**row) for row in raw[name]) for name in ("workloads", "second")}
    plain = {name: tuple(raw[name]) for name in ("objects", "second_objects", "second_routes")}
    return Frozen(**made, **plain)
