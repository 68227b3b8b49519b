"""The audit log finds what was done to it behind its back, and the database refuses to do it in the first place."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction

from portal.access import Actor
from portal.audit.models import AuditEntry, AuditHead
from portal.audit.recording import Change, Subject, record, verify
from portal.errors import UserError
from tests.operations.audit_stage import TABLE, behind_its_back
from tests.operations.stage import Shop

COLUMNS = ", ".join(f'"{one.column}"' for one in AuditEntry._meta.fields)


@pytest.fixture
def chain(shop: Shop) -> str:
    """The name of a chain of six entries, one of them a refusal."""
    for replicas in (3, 4, 5, 6):
        shop.do("process.scale", process="web", replicas=replicas)
    shop.do("app.describe", title="Shop")
    name = str(shop.people.boutique.pk)
    assert AuditHead.objects.get(chain=name).sequence == 6
    return name


def test_a_chain_that_nobody_touched_is_whole(chain: str) -> None:
    assert verify(chain) is None
    assert verify("platform") is None


@pytest.mark.parametrize("number", [1e16, 1e22, 1.5e300, -0.0, 1e-7, 5e-324, 2**90, 1.0, 0.1 + 0.2])
def test_a_number_that_the_database_writes_in_another_way_leaves_the_chain_whole(chain: str, number: float) -> None:
    change = Change(operation="test.append", input={"one": number}, diff=[{"before": number}], result={"a": [number]})
    record(change, actor=Actor.engine(), subject=Subject(kind="test"))

    assert verify("platform") is None


def test_a_refused_number_of_any_size_leaves_the_chain_whole(shop: Shop) -> None:
    shop.do("app.lock", reason="audit")
    with pytest.raises(UserError):
        shop.do("image.set", process="web", image=1e22)

    assert verify(str(shop.people.boutique.pk)) is None


@pytest.mark.parametrize(
    "edit",
    [
        "actor_name = 'mallory'",
        "outcome = 'refused'",
        "at = at + interval '1 microsecond'",
        'input = \'{"process": "web", "replicas": 99}\'',
        "resolved = '{}'",
        "diff = '[]'",
        "note = 'was meant well'",
        "reason = 'why not'",
        "version_after = 77",
        "tenant_id = NULL",
        "address = '10.0.0.1'",
        "subject_name = 'other'",
    ],
)
def test_an_edited_entry_is_named(chain: str, edit: str) -> None:
    behind_its_back(f"UPDATE {TABLE} SET {edit} WHERE chain = '{chain}' AND sequence = 3")

    assert verify(chain) == (3, "changed")


def test_an_edited_entry_with_a_new_hash_is_found_at_the_next(chain: str) -> None:
    behind_its_back(f"UPDATE {TABLE} SET hash = repeat('a', 64) WHERE chain = '{chain}' AND sequence = 3")

    assert verify(chain) == (3, "changed")


def test_a_deleted_entry_is_missed(chain: str) -> None:
    behind_its_back(f"DELETE FROM {TABLE} WHERE chain = '{chain}' AND sequence = 4")

    assert verify(chain) == (4, "missing")


def test_a_deleted_entry_whose_number_was_closed_up_is_missed(chain: str) -> None:
    behind_its_back(
        f"DELETE FROM {TABLE} WHERE chain = '{chain}' AND sequence = 4",
        # In two steps: each number is free when it is given, in whichever order the rows are gone through.
        f"UPDATE {TABLE} SET sequence = sequence + 100 WHERE chain = '{chain}' AND sequence > 4",
        f"UPDATE {TABLE} SET sequence = sequence - 101 WHERE chain = '{chain}' AND sequence > 100",
        f"UPDATE audit_audithead SET sequence = 5 WHERE chain = '{chain}'",
    )

    assert verify(chain) == (4, "does not follow the entry before it")


def test_an_inserted_entry_is_found(chain: str) -> None:
    names = [one.column for one in AuditEntry._meta.fields if one.column not in ("id", "sequence")]
    columns = ", ".join(f'"{name}"' for name in names)
    behind_its_back(
        f"UPDATE {TABLE} SET sequence = sequence + 100 WHERE chain = '{chain}' AND sequence > 3",
        f"UPDATE {TABLE} SET sequence = sequence - 99 WHERE chain = '{chain}' AND sequence > 100",
        f"INSERT INTO {TABLE} (sequence, {columns}) "
        f"SELECT 4, {columns} FROM {TABLE} WHERE chain = '{chain}' AND sequence = 3",
        f"UPDATE audit_audithead SET sequence = 7 WHERE chain = '{chain}'",
    )

    assert verify(chain) == (4, "does not follow the entry before it")


def test_swapped_entries_are_found(chain: str) -> None:
    behind_its_back(
        f"UPDATE {TABLE} SET sequence = 100 WHERE chain = '{chain}' AND sequence = 2",
        f"UPDATE {TABLE} SET sequence = 2 WHERE chain = '{chain}' AND sequence = 3",
        f"UPDATE {TABLE} SET sequence = 3 WHERE chain = '{chain}' AND sequence = 100",
    )

    assert verify(chain) == (2, "does not follow the entry before it")


def test_a_chain_cut_off_at_its_end_is_found(chain: str) -> None:
    behind_its_back(f"DELETE FROM {TABLE} WHERE chain = '{chain}' AND sequence > 4")

    assert verify(chain) == (5, "missing")


def test_a_chain_cut_off_together_with_the_number_in_its_head_is_found(chain: str) -> None:
    behind_its_back(
        f"DELETE FROM {TABLE} WHERE chain = '{chain}' AND sequence > 4",
        f"UPDATE audit_audithead SET sequence = 4 WHERE chain = '{chain}'",
    )

    assert verify(chain) == (4, "not the one the head names")


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {TABLE} SET note = 'x'",
        f"DELETE FROM {TABLE}",
        f"TRUNCATE {TABLE}",
        f"TRUNCATE {TABLE} CASCADE",
        f"INSERT INTO {TABLE} ({COLUMNS}) SELECT {COLUMNS} FROM {TABLE} ON CONFLICT (id) DO UPDATE SET note = 'x'",
        "DELETE FROM audit_audithead",
        "TRUNCATE audit_audithead",
    ],
)
def test_the_database_refuses_to_change_the_log(chain: str, statement: str) -> None:
    with pytest.raises(DatabaseError, match="only be appended"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert verify(chain) is None


def test_the_model_refuses_it_as_well(chain: str) -> None:
    with pytest.raises(DatabaseError, match="only be appended"), transaction.atomic():
        AuditEntry.objects.filter(chain=chain).update(note="x")
    with pytest.raises(DatabaseError, match="only be appended"), transaction.atomic():
        AuditEntry.objects.filter(chain=chain).delete()


def run_verify() -> tuple[str, str, int]:
    out, err = StringIO(), StringIO()
    try:
        call_command("audit", "verify", stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), f"{err.getvalue()}{error}", error.returncode
    return out.getvalue(), err.getvalue(), 0


def test_the_command_says_that_all_is_whole(chain: str) -> None:
    out, err, code = run_verify()

    assert f"{chain}: 6 entries, whole" in out and (err, code) == ("", 0)


def test_the_command_names_the_first_bad_entry_and_fails(chain: str) -> None:
    behind_its_back(f"UPDATE {TABLE} SET note = 'x' WHERE chain = '{chain}' AND sequence IN (2, 5)")

    _out, err, code = run_verify()
    assert f"{chain}: entry 2 is changed" in err and "tampered" in err and code == 1


def test_the_command_misses_a_chain_whose_head_is_gone(chain: str) -> None:
    behind_its_back(f"DELETE FROM audit_audithead WHERE chain = '{chain}'")

    _out, err, code = run_verify()
    assert chain in err and code == 1


@pytest.mark.django_db(transaction=True)
def test_an_entry_belongs_into_a_transaction() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        record(Change(operation="test"), actor=Actor.engine(), subject=Subject(kind="test"))


def test_times_follow_the_sequence_within_one_transaction(chain: str) -> None:
    times = list(AuditEntry.objects.filter(chain=chain).order_by("sequence").values_list("at", flat=True))

    assert times == sorted(set(times))


@pytest.mark.django_db(transaction=True)
def test_sixteen_who_append_at_once_leave_no_gap_and_one_chain() -> None:
    def append(number: int) -> None:
        with transaction.atomic():
            change = Change(operation="test.append", input={"number": number})
            record(change, actor=Actor.engine(), subject=Subject(kind="test"))

    _at_once(append, threads=16, rounds=10)

    rows = AuditEntry.objects.filter(chain="platform").order_by("sequence")
    assert [row.sequence for row in rows] == list(range(1, 161))
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    assert verify("platform") is None


def _at_once(action: Callable[[int], None], *, threads: int, rounds: int) -> None:
    gate = threading.Barrier(threads)

    def run(number: int) -> None:
        try:
            gate.wait(30)
            for turn in range(rounds):
                action(number * rounds + turn)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, range(threads)))
