"""Faults on demand: a cluster that is away, slow, silent or forgetful."""

from __future__ import annotations

from typing import Any

from ..core import errors

_FLAGS = ("down", "watches_silent")
_NUMBERS = ("delay_ms", "lose_answers")


class Faults:
    """What is wrong with the cluster at present.

    ``down`` cuts every connection; ``status`` answers everything with that code; ``delay_ms`` waits before each answer;
    ``lose_answers`` does the next so many writes but cuts the connection instead of answering; ``watches_silent`` keeps
    watches open without a word.
    """

    def __init__(self) -> None:
        self.down = False
        self.watches_silent = False
        self.delay_ms = 0
        self.lose_answers = 0
        self.status = 0
        self.watch_epoch = 0

    def set(self, body: Any) -> tuple[bool, bool]:
        """Take over what a body says; returns whether to forget history and whether watches were to be dropped."""
        if not isinstance(body, dict):
            raise errors.bad_request("faults are an object")
        known = {*_FLAGS, *_NUMBERS, "status", "drop_watches", "forget"}
        if unknown := sorted(set(body) - known):
            raise errors.bad_request(f"unknown fault {unknown[0]}; known are {', '.join(sorted(known))}")
        for name in (*_FLAGS, "drop_watches", "forget"):
            if not isinstance(body.get(name, False), bool):
                raise errors.bad_request(f"{name} is true or false")
        for name in (*_NUMBERS, "status"):
            value = body.get(name, 0)
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise errors.bad_request(f"{name} is a number that is not negative")
        for name in (*_FLAGS, *_NUMBERS, "status"):
            if name in body:
                setattr(self, name, body[name])
        drop = body.get("drop_watches", False) or body.get("down", False)
        if drop:
            self.watch_epoch += 1
        return body.get("forget", False), drop

    def shown(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in (*_FLAGS, *_NUMBERS, "status")}

    def loses_answer(self) -> bool:
        """Whether this write's answer is to be lost; counts down."""
        if self.lose_answers <= 0:
            return False
        self.lose_answers -= 1
        return True
