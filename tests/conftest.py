"""Starts the servers of the session before Django's settings are read; workers side by side have own databases."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import django
import pytest

from tests import services

# A tenth of the time of the tests went into looking for garbage among objects that live as long as the process.
gc.set_threshold(100_000, 50, 50)

services.ensure()
django.setup()

# A file is the work of one process. Those that take longest begin first, so that at the end no process waits for one.
# Files that release to real control planes take turns there, so others stand between them.
FIRST = [
    "chaos/test_chaos.py",
    "bench/test_bench.py",
    "releases/test_rollout_real.py",
    "releases/test_rollout.py",
    "access/test_security_tenants.py",
    "access/test_security_schema.py",
    "operations/test_any_input.py",
    "web/test_operation_form_every.py",
    "operations/test_every_operation.py",
    "releases/test_rights_withdrawn.py",
    "access/test_security_routes.py",
    "access/test_security_words.py",
    "cluster/test_agent_faults.py",
    "local/test_bootstrap.py",
    "releases/test_drift_real.py",
    "operations/test_command_line.py",
    "web/test_ui_forms.py",
    "web/test_ui_scripts.py",
    "access/test_security_headers.py",
    "web/test_pages_lists.py",
    "web/test_pages_drift.py",
    "web/test_pages_trouble.py",
    "releases/test_adopting.py",
    "web/test_pages_release.py",
    "cluster/test_agent_breaks.py",
    "operations/test_keys_whole.py",
]


def pytest_xdist_setupnodes(specs: list[Any]) -> None:
    """Give every worker its own Valkey database, through its environment; pytest-django does so for PostgreSQL."""
    for number, spec in enumerate(specs, start=1):
        spec.env["REDIS_URL"] = services.redis_url(number)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The same order in every process, or they could not share the work."""
    turns = {Path(__file__).parent / name: turn for turn, name in enumerate(FIRST)}
    if gone := [str(path) for path in turns if not path.exists()]:
        raise pytest.UsageError(f"FIRST in tests/conftest.py names what is not there: {', '.join(gone)}")
    items.sort(key=lambda item: turns.get(item.path, len(turns)))


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
