"""The background thread: started on need, and again after its death or a fork."""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Callable

from portal.outbox.background import Background


class Echo:
    """Calls `heard` once for each word said."""

    def __init__(self, heard: Callable[[str], None]) -> None:
        self._heard = heard
        self.background = Background("echo", serve=self._serve, reset=self._reset)

    def say(self, word: str) -> None:
        with self.background.changed:
            self.words.append(word)
            self.background.start()
            self.background.changed.notify_all()

    def _reset(self) -> None:
        self.words: list[str] = []

    def _serve(self) -> None:
        changed = self.background.changed
        while True:
            with changed:
                changed.wait_for(lambda: bool(self.words))
                word = self.words.pop(0)
            self._heard(word)
            if word == "die":
                return


def test_a_thread_that_died_is_started_again() -> None:
    heard: list[str] = []
    news = threading.Event()

    def hear(word: str) -> None:
        heard.append(word)
        news.set()

    echo = Echo(hear)
    echo.say("die")
    assert news.wait(5)
    for thread in threading.enumerate():
        if thread.name == "echo":
            thread.join(5)
    news.clear()
    echo.say("again")
    assert news.wait(5)
    assert heard == ["die", "again"]


def test_a_forked_child_has_a_thread_of_its_own_even_when_the_lock_was_held() -> None:
    reader, writer = os.pipe()

    def hear(word: str) -> None:
        os.write(writer, word.encode())

    echo = Echo(hear)
    echo.say("parent;")
    assert os.read(reader, 100) == b"parent;"
    with echo.background.changed:
        child = os.fork()
        if child == 0:
            # The parent's lock is held for ever in the child's copy of it.
            threading.Thread(target=echo.say, args=("child;",), daemon=True).start()
            threading.Event().wait(10)
            os._exit(0)
    ready, _, _ = select.select([reader], [], [], 8)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert ready and os.read(reader, 100) == b"child;"
