"""Who carries out the rows of a kind, and how they say "not now"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, runtime_checkable

Payload = dict[str, Any]


class Handler(Protocol):
    """Carries out the rows of one kind. One instance serves all threads of a process, so it keeps nothing.

    A row may be run more than once (a worker can die after the effect and before the commit), so `run` has to be
    idempotent. UserError out of `run` or `finish` makes the row poison at once; PlatformError and `Retry` try again
    later; any other error is a fault of ours, tried a few times more.
    """

    def run(self, payload: Payload) -> dict[str, Any]:
        """Do the effect, outside any transaction. The result is handed to `finish` as it is.

        Work that goes on for longer says `outbox.alive()` before each of its steps, or the row is taken from it.
        """

    def finish(self, payload: Payload, result: dict[str, Any]) -> None:
        """Write what follows from the result, inside the transaction that closes the row.

        Rolled back when the claim has meanwhile moved on to another worker.
        """

    def failed(self, payload: Payload, reason: str) -> None:
        """Write what follows from giving the row up, inside the transaction that makes it poison."""


@runtime_checkable
class Watched(Protocol):
    """A handler whose rows somebody looks at while they are tried again and again."""

    def again(self, payload: Payload) -> None:
        """Write what follows from a try that did not go through, inside the transaction that puts the row back."""


class Retry(Exception):
    """Raised from `run`: not an error, only too early. `after` is in seconds; None: the usual doubling backoff.

    With `at_most`, the row is given up after so many attempts; otherwise it is tried for as long as any.
    """

    def __init__(self, reason: object, *, after: float | None = None, at_most: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after
        self.at_most = at_most

    def __str__(self) -> str:
        return str(self.reason)


H = TypeVar("H", bound=type[Any])

_handlers: dict[str, tuple[type[Any], Handler]] = {}


def handler(kind: str) -> Callable[[H], H]:
    """Register the decorated class as the one handler of `kind`. A second class for the same kind is refused."""

    def register(cls: H) -> H:
        known = _handlers.get(kind)
        if known is not None and known[0].__qualname__ != cls.__qualname__:
            raise RuntimeError(f"Two handlers are registered for outbox rows of the kind {kind!r}.")
        for method in ("run", "finish", "failed"):
            if not callable(getattr(cls, method, None)):
                raise TypeError(f"The outbox handler {cls.__qualname__} has no method {method}().")
        _handlers[kind] = (cls, cls())
        return cls

    return register


def handler_of(kind: str) -> Handler | None:
    """The registered handler, or None when this process knows none (an older worker beside a newer portal)."""
    known = _handlers.get(kind)
    return None if known is None else known[1]
