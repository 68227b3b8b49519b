"""Rights and sessions that change while sockets are open.

Each change raises a hidden topic `rights:<user id>` in its transaction and is announced after commit. The announcement
acts within moments; the version, which every process with sockets reads every few seconds, acts even without Valkey.
"""

from __future__ import annotations

import uuid

from django.db import transaction

from portal.live.groups import session_digest
from portal.live.publisher import publisher
from portal.live.topics import raise_versions

KIND = "rights"


def rights_changed(*user_ids: uuid.UUID | str) -> None:
    """The roles, grants or state of these users change with this transaction: their open sockets are checked again.

    Sockets of users who are no longer active, or whose session has ended, are closed; topics that a user may no longer
    watch are closed one by one. Locks the users' topic rows, so call it where `live.touch` would be called.
    """
    if not user_ids:
        return
    users = [str(user_id) for user_id in user_ids]
    raise_versions(tuple(rights_topic(user) for user in users))
    for user in users:
        _announce({"act": "check", "user": user})


def session_ended(*, session_key: str = "", user_id: uuid.UUID | str | None = None) -> None:
    """A session was ended (its key is given), or all of a user's (only `user_id`): its sockets are closed.

    Giving both closes the sockets of that session, and makes sure of it even without Valkey.
    """
    if user_id is not None:
        raise_versions((rights_topic(str(user_id)),))
    if session_key:
        _announce({"act": "end_session", "session": session_digest(session_key)})
    elif user_id is not None:
        _announce({"act": "end_user", "user": str(user_id)})


def rights_topic(user_id: str) -> str:
    """The hidden topic of a user's rights; nobody can subscribe to it, because its kind has no guard."""
    return f"{KIND}:{user_id}"


def _announce(order: dict[str, str]) -> None:
    transaction.on_commit(lambda: publisher.control(order), robust=True)
