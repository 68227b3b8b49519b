"""Live pages: topics with versions, fragments of HTML rendered once and sent to everyone who watches.

`touch` raises the version of a topic in the writing transaction and publishes after commit, from a background thread
that never disturbs the writer. Rooms above register, per kind of topic, a `renderer` (what is shown) and a `guard`
(who may watch). Messages can get lost; versions make that harmless: every socket hears the current ones every 5 s.
Imports `portal.access`, `portal.errors` and the background thread of `portal.outbox`; knows no domain object.

Names that need the models are loaded on first use, because Django imports this package before its models exist.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from portal.live.registry import duty, guard, may_watch, renderer

if TYPE_CHECKING:
    from portal.live.rights import rights_changed, session_ended
    from portal.live.topics import touch, version, versions

_LATER = {
    "rights_changed": "portal.live.rights",
    "session_ended": "portal.live.rights",
    "touch": "portal.live.topics",
    "version": "portal.live.topics",
    "versions": "portal.live.topics",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)


__all__ = ["duty", "guard", "may_watch", "renderer", "rights_changed", "session_ended", "touch", "version", "versions"]
