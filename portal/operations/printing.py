"""What a command prints: the words of people in it steer no terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, OutputWrapper

from portal.spelling import spelled_out


class PlainCommand(BaseCommand):
    """A command whose output and errors have what nobody sees, or a terminal obeys, as numbers: ESC is `\\u001b`.

    For every command of ours. JSON that it prints means the same as before.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        # Django sets both anew for each run, from what it is called with.
        if name in ("stdout", "stderr") and isinstance(value, OutputWrapper):
            value = _Plain(value)
        super().__setattr__(name, value)


class _Plain(OutputWrapper):
    def __init__(self, wrapped: OutputWrapper) -> None:
        super().__init__(cast(TextIO, wrapped._out), wrapped.ending)
        self.style_func = wrapped.style_func

    def write(  # type: ignore[override]  # as Django has it, which is wider than a file's
        self, msg: str = "", style_func: Callable[[str], str] | None = None, ending: str | None = None
    ) -> None:
        super().write(spelled_out(str(msg)), style_func, ending)
