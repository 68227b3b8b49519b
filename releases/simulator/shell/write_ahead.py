"""Every change of the store is in a file before anybody hears of it, as the file of the whole is written only after.

A kill loses nothing that was answered. What the machine had not written yet when its power went is lost: unlike etcd,
this waits for no disk.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ..core.cluster import Cluster
from ..core.kinds import Kind
from ..core.store import Change


class WriteAhead:
    """The changes of a cluster since the file of the whole, one JSON object a line. Listens to the store."""

    def __init__(self, path: Path, cluster: Cluster) -> None:
        self.cluster = cluster
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        cluster.store.listeners.append(self._heard)

    def _heard(self, kind: Kind, change: Change) -> None:
        del kind
        line = json.dumps(self.cluster.step(change), separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        while line:
            line = line[os.write(self._file, line) :]

    def forget(self) -> None:
        """Begin anew: all of it is in the file of the whole."""
        os.ftruncate(self._file, 0)


def read(path: Path) -> list[dict[str, Any]]:
    """The changes in a file, in order, up to a line that was cut off; none when there is no file."""
    steps: list[dict[str, Any]] = []
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return steps
    for line in lines[:-1]:
        try:
            steps.append(json.loads(line))
        except ValueError:
            break
    return steps
