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
def _audit_may_be_emptied_between_tests() -> Any:
    """The audit log refuses TRUNCATE, which is how Django empties tables after a test with real transactions.

    Only that emptying goes past the trigger, by the switch that PostgreSQL has for superusers; tests do not.
    """
    from django.db.backends.postgresql.operations import DatabaseOperations

    flush = DatabaseOperations.execute_sql_flush

    def past_triggers(self: Any, sql_list: list[str]) -> None:
        switch, back = "SET session_replication_role = replica", "SET session_replication_role = DEFAULT"
        flush(self, [switch, *sql_list, back])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", past_triggers)
        yield
