"""CPU time and memory of processes and all they started, from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def families(roots: dict[str, int]) -> dict[str, set[int]]:
    """Each root by name with all its descendants; a root that another one started counts for itself only."""
    parents = {pid: int(fields[1]) for pid, fields in _stats().items()}
    owner = {pid: name for name, pid in roots.items()}
    found: dict[str, set[int]] = {name: set() for name in roots}
    for pid in parents:
        at = pid
        while at in parents and at not in owner:
            at = parents[at]
        if at in owner:
            found[owner[at]].add(pid)
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time used so far by these processes and by those of their children that have ended."""
    stats = _stats()
    return sum(sum(map(int, stats[pid][11:15])) for pid in pids if pid in stats) / _TICK


def pss(pids: Iterable[int]) -> int:
    """Bytes of memory in their proportion: a page shared by three counts a third for each."""
    return sum(_pss(pid) for pid in pids)


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:  # it has just ended
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _stats() -> dict[int, list[str]]:
    """The fields of every process's stat file from the third on, which is where they have fixed places."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:  # it has just ended
            continue
        found[int(folder.name)] = text[text.rindex(")") + 2 :].split()
    return found
