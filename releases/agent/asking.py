"""Asking instances in trouble, once per restart and a few at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from releases.agent import words
from releases.agent.session import TROUBLES, Session
from releases.agent.store import Store, key_of
from releases.gateway.kinds import POD

log = logging.getLogger("slipway.agent")

AT_ONCE = 4


class Asker:
    """Puts what was said into the store and calls `changed` with the app's id."""

    def __init__(self, store: Store, *, changed: Callable[[str], None]) -> None:
        self._store = store
        self._changed = changed
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)

    def seen(self, session: Session, pod: dict[str, Any]) -> None:
        """Look at a pod as the cluster just told it, and ask when there is reason to."""
        key = key_of(POD.kind, pod)
        if words.is_ready(pod):
            self._store.drop_words(key)
            return
        asked = words.question(pod)
        if asked is None or asked.token in self._under_way or asked.token == self._store.words_token(key):
            return
        task = asyncio.create_task(self._ask(session, asked))
        self._under_way[asked.token] = task
        task.add_done_callback(lambda _task: self._under_way.pop(asked.token, None))

    async def _ask(self, session: Session, asked: words.Question) -> None:
        async with self._slots:
            try:
                said = await words.ask(session, asked)
            except TROUBLES as error:
                log.info("%s cannot be asked what is wrong: %s", asked.pod, type(error).__name__)
                return
        app_id = self._store.set_words((POD.kind, asked.namespace, asked.pod), token=asked.token, words=said)
        if app_id:
            self._changed(app_id)

    def stop(self) -> None:
        """Ask no more."""
        for task in self._under_way.values():
            task.cancel()
