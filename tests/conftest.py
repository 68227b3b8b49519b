"""Starts the servers of the session before Django's settings are read; workers side by side have own databases."""

from __future__ import annotations

from typing import Any

import django
import pytest

from tests import services

services.ensure()
django.setup()


def pytest_xdist_setupnodes(specs: list[Any]) -> None:
    """Give every worker its own Valkey database, through its environment; pytest-django does so for PostgreSQL."""
    for number, spec in enumerate(specs, start=1):
        spec.env["REDIS_URL"] = services.redis_url(number)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the servers, also after Ctrl-C."""
    services.stop()


@pytest.fixture(autouse=True, scope="session")
def _emptied_between_tests() -> Any:
    """How Django empties tables after a test with real transactions, in two ways differently.

    The audit log refuses TRUNCATE. Only that emptying goes past the trigger, by the switch that PostgreSQL has for
    superusers; tests do not. And what migrations wrote stays, instead of being thrown away and written again.
    """
    from django.db.backends.postgresql.operations import DatabaseOperations

    from tests import kept

    flush, sql = DatabaseOperations.execute_sql_flush, DatabaseOperations.sql_flush

    def past_triggers(self: Any, sql_list: list[str]) -> None:
        switch, back = "SET session_replication_role = replica", "SET session_replication_role = DEFAULT"
        flush(self, [switch, *sql_list, back])

    def of_the_rest(self: Any, style: Any, tables: list[str], **options: Any) -> list[str]:
        return sql(self, style, [name for name in tables if name not in kept.STANDING], **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", past_triggers)
        patch.setattr(DatabaseOperations, "sql_flush", of_the_rest)
        patch.setattr("django.core.management.commands.flush.emit_post_migrate_signal", lambda *_given: None)
        yield
