"""A database role that runs the portal and can do nothing to the audit log but append."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from portal.audit import checkpoints
from portal.audit.recording import verify
from tests.operations.audit_stage import CHAIN, append

pytestmark = pytest.mark.django_db
ROLE = "slipway_test_portal"


@pytest.fixture(autouse=True)
def _role() -> None:
    """The role, for the length of the test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE}")
    call_command("audit", "role", ROLE, verbosity=0)


@contextmanager
def as_portal() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
        yield
        cursor.execute("RESET ROLE")


def test_the_portal_appends_signs_and_verifies_under_it() -> None:
    with as_portal():
        append(3)
        assert len(checkpoints.make(timezone.now()).checkpoints) == 1
        assert verify(CHAIN) is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditentry SET note = 'x'",
        "DELETE FROM audit_auditentry",
        "TRUNCATE audit_auditentry",
        "TRUNCATE audit_auditentry CASCADE",
        "ALTER TABLE audit_auditentry DISABLE TRIGGER ALL",
        "DROP TABLE audit_auditentry",
        "DROP TRIGGER audit_no_change ON audit_auditentry",
        "SET LOCAL session_replication_role = replica",
        "DELETE FROM audit_audithead",
        "TRUNCATE audit_audithead",
        "UPDATE audit_audithead SET chain = 'other'",
        "UPDATE audit_auditcheckpoint SET text = 'x'",
        "DELETE FROM audit_auditcheckpoint",
        "TRUNCATE audit_auditcheckpoint",
    ],
)
def test_it_has_no_right_to_do_anything_else_to_the_log(statement: str) -> None:
    append(1)
    with (
        pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
        transaction.atomic(),
        as_portal(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize("values", ["('made-up', 5, repeat('a', 64))", "('made-up', 0, 'a')", "('made-up', 1, '')"])
def test_no_head_can_be_made_up_under_it(values: str) -> None:
    append(1)
    with (
        pytest.raises(DatabaseError, match="only be appended"),
        transaction.atomic(),
        as_portal(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"INSERT INTO audit_audithead (chain, sequence, hash) VALUES {values}")


def test_a_role_that_owns_the_tables_is_refused_and_so_is_one_that_is_not_there() -> None:
    with pytest.raises(CommandError, match="owns the tables or is a superuser"):
        call_command("audit", "role", connection.settings_dict["USER"])
    with pytest.raises(CommandError, match="There is no database role nobody_there"):
        call_command("audit", "role", "nobody_there")
