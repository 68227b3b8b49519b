"""The outbox: effects that a change wants, written as rows in the same transaction and carried out afterwards.

A room adds rows with `add` and registers who carries them out with `@handler`. The table is the queue of record;
Celery is only the nudge, so losing the whole broker loses nothing: the clock process asks `due` and calls `wake`.
Imports `portal.errors` only, and knows no domain object: a payload holds ids, never secrets.

Names that need the models are loaded on first use, because Django imports this package before its models exist.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from portal.outbox.handlers import Handler, Retry, handler
from portal.outbox.nudges import CLOCK_CHANNEL, tell_clock, wake

if TYPE_CHECKING:
    from portal.outbox.leases import alive
    from portal.outbox.operator import counts, tidy
    from portal.outbox.queue import add, due, hasten, hurry, waiting

_LATER = {
    "add": "portal.outbox.queue",
    "alive": "portal.outbox.leases",
    "due": "portal.outbox.queue",
    "hasten": "portal.outbox.queue",
    "hurry": "portal.outbox.queue",
    "waiting": "portal.outbox.queue",
    "counts": "portal.outbox.operator",
    "tidy": "portal.outbox.operator",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)


__all__ = [
    "CLOCK_CHANNEL",
    "Handler",
    "Retry",
    "add",
    "alive",
    "counts",
    "due",
    "handler",
    "hasten",
    "hurry",
    "tell_clock",
    "tidy",
    "waiting",
    "wake",
]
