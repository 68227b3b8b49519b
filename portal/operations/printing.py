"""What a command prints: the words of people in it steer no terminal, and a database that is away is one sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TextIO, cast

from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections

from portal.database import absent
from portal.database.base import DatabaseWrapper
from portal.spelling import spelled_out


class PlainCommand(BaseCommand):
    """A command whose output and errors have what nobody sees, or a terminal obeys, as numbers: ESC is `\\u001b`.

    For every command of ours. JSON that it prints means the same as before.

    `patient`: it serves others, and waits a while for a database that does not answer; the rest end at once. Both end
    with the sentence that says so.
    """

    patient: ClassVar[bool] = False

    def execute(self, *args: Any, **options: Any) -> str | None:
        connection = cast(DatabaseWrapper, connections[DEFAULT_DB_ALIAS])
        before, connection.patient = connection.patient, self.patient
        try:
            return super().execute(*args, **options)
        except OperationalError as error:
            if not absent.is_absent(error):
                raise
            place = "{HOST}:{PORT}".format_map(connection.settings_dict)
            raise CommandError(absent.words(error, place=place)) from error
        finally:
            connection.patient = before

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
