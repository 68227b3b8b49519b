"""A cluster in a file: read at start, written whole and atomically after changes, with what changed since beside it."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

from ..core.cluster import Cluster
from . import write_ahead
from .runner import Runner
from .write_ahead import WriteAhead

_REST = 1.0
_SHARE = 20.0
"""Writing may take at most this part of the time, however large the cluster grows."""


def read(path: Path) -> dict[str, Any] | None:
    """The saved state; None when there is no file; ends the program with a sentence when it cannot be read."""
    if not path.exists():
        return None
    try:
        state = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SystemExit(f"The state file {path} cannot be read ({error}). Remove it to begin anew.") from error
    if not isinstance(state, dict) or state.get("format") != 1:
        raise SystemExit(f"The state file {path} is of another version. Remove it to begin anew.")
    return state | {"steps": write_ahead.read(since(path))}


def since(path: Path) -> Path:
    """The file of what changed since the whole was written."""
    return path.with_name(path.name + ".since")


def begin(path: Path, cluster: Cluster) -> WriteAhead:
    """Write the state, and from now on each change of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ahead = WriteAhead(since(path), cluster)
    write(path, ahead, clean=False)
    return ahead


def write(path: Path, ahead: WriteAhead, *, clean: bool) -> float:
    """Write the state beside the file and put it in its place; returns the seconds it took."""
    began = time.monotonic()
    beside = path.with_name(path.name + ".new")
    with open(beside, "w", encoding="utf-8", opener=_private) as file:
        file.write(json.dumps(ahead.cluster.dump(clean=clean), separators=(",", ":"), ensure_ascii=False))
    os.replace(beside, path)
    ahead.forget()
    return time.monotonic() - began


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


async def keep(path: Path, runner: Runner, ahead: WriteAhead) -> None:
    """Write after changes, for ever, with a second or more between."""
    while True:
        await runner.dirty.wait()
        runner.dirty.clear()
        took = write(path, ahead, clean=False)
        await asyncio.sleep(max(_REST, took * _SHARE))
