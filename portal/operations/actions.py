"""The actions of NOW operations. `apply` returns one, pure; the room that owns it carries it out.

A handler runs inside the transaction of `perform`, with the subject locked. It returns JSON for the audit entry and
the answer, such as `{"release": 12}`, or that with the difference it makes, as `Carried`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from portal.access import Actor
from portal.operations.subject import Preview


@dataclass(frozen=True)
class Carried:
    """What an action came to: what the audit entry and the answer say of it, and what the entry says is different, as
    rows {label, before, after, kind} without secrets.
    """

    result: Mapping[str, Any]
    diff: Sequence[Mapping[str, Any]] = ()


class Handler(Protocol):
    """Carries an action out; returns what the audit entry and the answer say of it."""

    def __call__(self, subject: Any, action: Any, *, actor: Actor, note: str) -> Mapping[str, Any] | Carried: ...


class Guard(Protocol):
    """Raises NeedsRight when an action takes more than the right of its operation, and the actor lacks it."""

    def __call__(self, subject: Any, action: Any, *, actor: Actor) -> None: ...


class Previewer(Protocol):
    """Says what an action would do, without doing it."""

    def __call__(self, subject: Any, action: Any) -> Preview: ...


_handlers: dict[type, tuple[Handler, Previewer | None, Guard | None]] = {}


def handle(action: type, handler: Handler, *, preview: Previewer | None = None, guard: Guard | None = None) -> None:
    """Register who carries out actions of a class. `preview` says what it would do, and writes nothing; `guard` is
    asked before either.
    """
    _handlers[action] = (handler, preview, guard)


def run(subject: Any, action: Any, *, actor: Actor, note: str) -> Carried:
    """Carry an action out. An action that nobody registered for is a programming error: KeyError."""
    handler, _preview, guard = _handlers[type(action)]
    if guard is not None:
        guard(subject, action, actor=actor)
    done = handler(subject, action, actor=actor, note=note)
    return done if isinstance(done, Carried) else Carried(done)


def preview(subject: Any, action: Any, *, actor: Actor) -> Preview:
    """What an action would do; empty when nobody can tell."""
    _handler, previewer, guard = _handlers[type(action)]
    if guard is not None:
        guard(subject, action, actor=actor)
    return previewer(subject, action) if previewer else Preview()
