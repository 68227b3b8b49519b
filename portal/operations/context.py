"""What a `resolve` hook gets to work with."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from portal import access
from portal.access import Actor, Ref

RESOLVE_SECONDS = 5.0


@dataclass
class Context:
    """The subject, its present value, and who asks. `dry_run`: have no effect that lasts, only say what it would be.

    `read` gives the value; most hooks do not look at it, and some values take a dozen queries.
    Whatever a hook stores is registered with `undo_with`, and undone when the operation is refused after all.
    """

    actor: Actor
    ref: Ref
    subject: Any
    read: Callable[[], Any]
    dry_run: bool
    deadline: float = field(default_factory=lambda: time.monotonic() + RESOLVE_SECONDS)
    undo: list[Callable[[], None]] = field(default_factory=list)

    @cached_property
    def value(self) -> Any:
        """What the subject is now, as far as the operation's kind goes."""
        return self.read()

    def look_at(self, ref: Ref, permission: str) -> Any:
        """Another thing, through the doorway."""
        return access.get(self.actor, ref, permission)

    def time_left(self) -> float:
        """Seconds a call to the outside may still take, never below 0.1."""
        return max(0.1, self.deadline - time.monotonic())

    def undo_with(self, action: Callable[[], None]) -> None:
        """Remember how something that was stored is removed again."""
        self.undo.append(action)

    def take_back(self) -> None:
        """Remove what `resolve` stored, the last first: nothing came to name it."""
        while self.undo:
            self.undo.pop()()
