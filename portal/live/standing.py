"""What a socket is still allowed: read from the database, in threads of its own so that pages never wait for it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib import auth

from portal.access.actor import SESSION, Actor
from portal.live import registry
from portal.live.rights import rights_topic
from portal.live.topics import versions

P = ParamSpec("P")
T = TypeVar("T")

_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="live")


@dataclass(frozen=True)
class Standing:
    """`signed_in`: the session holds and its user is active. `allowed`: which of the asked topics may be watched."""

    signed_in: bool
    user_id: str = ""
    allowed: frozenset[str] = frozenset()


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run something that asks the database outside the event loop; its connection is given back afterwards."""
    call: Any = database_sync_to_async(function, thread_sensitive=False, executor=_threads)
    result: T = await call(*args, **kwargs)
    return result


def look(session_key: str, topics: list[str]) -> Standing:
    """Ask session, user and doorway anew; nothing is taken from an earlier look."""
    user = _user_of(session_key)
    if user is None:
        return Standing(signed_in=False)
    actor = Actor.of_user(user, how=SESSION)
    allowed = frozenset(topic for topic in topics if registry.may_watch(actor, topic))
    return Standing(signed_in=True, user_id=str(user.pk), allowed=allowed)


def present(topics: list[str], users: list[str]) -> tuple[dict[str, int], dict[str, int]]:
    """The versions of topics, and those of users' rights, in one query."""
    hidden = {user: rights_topic(user) for user in users}
    found = versions(*topics, *hidden.values())
    return {topic: found[topic] for topic in topics}, {user: found[topic] for user, topic in hidden.items()}


def _user_of(session_key: str) -> Any:
    if not session_key:
        return None
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    # Ends a session whose password was changed, and knows no user who is not active: the same as for a page.
    request: Any = SimpleNamespace(session=store)
    user = auth.get_user(request)
    return user if user.is_authenticated and user.is_active and not registry.has_duty(user) else None
