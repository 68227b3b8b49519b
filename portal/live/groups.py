"""Names on the channel layer and in Valkey."""

from __future__ import annotations

import hashlib

# Every process with sockets listens here for rights and sessions that changed.
CONTROL_GROUP = "live.control"
# A sorted set of the topics somebody watches, with the time until which that was said.
WATCHED_KEY = "slipway:live:watched"
WATCHED_SECONDS = 60.0


def group_of(topic: str) -> str:
    """The group of a topic: group names allow few characters and a hundred of them, so it is a digest."""
    return "live." + hashlib.sha256(topic.encode()).hexdigest()[:40]


def session_digest(session_key: str) -> str:
    """A session key is a secret; only its digest travels."""
    return hashlib.sha256(b"live session " + session_key.encode()).hexdigest()
