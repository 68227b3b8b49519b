"""Who can rebuild what from its entries. Rooms above register; `manage.py audit replay` asks them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Replayed:
    """What the log gave for one thing: its name, how many entries were applied, and what is different, in sentences."""

    name: str
    entries: int
    differences: tuple[str, ...] = ()


Replay = Callable[[str], Iterator[Replayed]]
_replays: list[Replay] = []


def register(replay: Replay) -> None:
    """Add a function that rebuilds the things of a tenant by its name, or of all with ""."""
    if replay not in _replays:
        _replays.append(replay)


def replay_all(tenant: str) -> Iterator[Replayed]:
    """Everything that can be rebuilt, of a tenant or ("") of all."""
    for replay in _replays:
        yield from replay(tenant)
