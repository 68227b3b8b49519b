"""One random change of the stored log at a time: whatever it is, the verifiers name the first bad entry.

How many are tried is set by AUDIT_MUTATIONS: few in `make test`, a thousand in `make security`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction

from portal.audit import chain, checkpoints, verify_log
from portal.audit.models import AuditEntry
from portal.audit.recording import verify
from tests.operations.audit_stage import CHAIN, TABLE, append, behind_its_back, export

pytestmark = pytest.mark.django_db
COUNT = int(os.environ.get("AUDIT_MUTATIONS", "40"))
ENTRIES = 12
HEAD = "UPDATE audit_audithead SET"
# What a copied entry has of the original.
COLUMNS = [f'"{one.column}"' for one in AuditEntry._meta.fields if one.column not in ("id", "sequence")]
Statements = list[str]
Mutation = Callable[[random.Random], tuple[Statements, int]]


def _edited(dice: random.Random) -> tuple[Statements, int]:
    """Any field of any entry, to something else."""
    number, name = dice.randint(1, ENTRIES), dice.choice([*chain.HASHED, "previous_hash", "hash"])
    if name in ("chain", "sequence"):  # which is no edit, but another place; see the others
        name = "note"
    anew = {
        "at": f"at + interval '{dice.randint(1, 9)} microseconds'",
        "tenant_id": "gen_random_uuid()",
        "actor_id": "gen_random_uuid()",
        "version_before": f"coalesce(version_before, 0) + {dice.randint(1, 9)}",
        "version_after": f"coalesce(version_after, 0) + {dice.randint(1, 9)}",
        "input": f"input || '{{\"more\": {dice.randint(0, 9)}}}'",
        "resolved": "resolved || '{\"more\": 1}'",
        "result": "result || '{\"more\": 1}'",
        "diff": "diff || '[1]'",
        "outcome": "CASE outcome WHEN 'done' THEN 'failed' ELSE 'done' END",
        "previous_hash": "md5(random()::text)",
        "hash": "md5(random()::text)",
    }.get(name, f"left({name} || '{dice.choice('abc')}', 16)")
    return [f"UPDATE {TABLE} SET {name} = {anew} WHERE sequence = {number}"], number


def _deleted(dice: random.Random) -> tuple[Statements, int]:
    number = dice.randint(1, ENTRIES)
    return [f"DELETE FROM {TABLE} WHERE sequence = {number}"], number


def _closed_up(dice: random.Random) -> tuple[Statements, int]:
    """Deleted, with the numbers behind it moved up and the head with them."""
    number = dice.randint(1, ENTRIES - 1)
    return [
        f"DELETE FROM {TABLE} WHERE sequence = {number}",
        f"UPDATE {TABLE} SET sequence = sequence - 1000 WHERE sequence > {number}",
        f"UPDATE {TABLE} SET sequence = sequence + 999 WHERE sequence < 0",
        f"{HEAD} sequence = sequence - 1",
    ], number


def _inserted(dice: random.Random) -> tuple[Statements, int]:
    """A copy of one entry behind another, with the numbers moved on and the head with them."""
    number, original = dice.randint(1, ENTRIES), dice.randint(1, ENTRIES)
    columns = ", ".join(COLUMNS)
    return [
        f"UPDATE {TABLE} SET sequence = sequence + 1000 WHERE sequence >= {number}",
        f"INSERT INTO {TABLE} (sequence, {columns}) SELECT {number}, {columns} FROM {TABLE} "
        f"WHERE sequence IN ({original}, {original} + 1000) AND (sequence < {number} OR sequence > 1000)",
        f"UPDATE {TABLE} SET sequence = sequence - 999 WHERE sequence > 1000",
        f"{HEAD} sequence = sequence + 1",
    ], number + (original == number)


def _swapped(dice: random.Random) -> tuple[Statements, int]:
    one, other = sorted(dice.sample(range(1, ENTRIES + 1), 2))
    return [
        f"UPDATE {TABLE} SET sequence = -1 WHERE sequence = {one}",
        f"UPDATE {TABLE} SET sequence = {one} WHERE sequence = {other}",
        f"UPDATE {TABLE} SET sequence = {other} WHERE sequence = -1",
    ], one


def _cut_off(dice: random.Random) -> tuple[Statements, int]:
    """The end, with the head set back as if it had never been: only the checkpoint tells."""
    number = dice.randint(1, ENTRIES)
    kept = f"(SELECT hash FROM {TABLE} WHERE sequence = {number - 1})"
    return [
        f"DELETE FROM {TABLE} WHERE sequence >= {number}",
        f"{HEAD} sequence = {number - 1}, hash = coalesce({kept}, '')",
    ], number


MUTATIONS: list[Mutation] = [_edited, _edited, _edited, _deleted, _closed_up, _inserted, _swapped, _cut_off]


def test_the_first_bad_entry_is_named_whatever_was_changed(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    dice = random.Random(seed)
    append(ENTRIES)
    call_command("audit", "checkpoint", to=tmp_path, verbosity=0)
    signed, wrong = checkpoints.read_folder(tmp_path)
    assert not wrong
    for _turn in range(COUNT):
        mutation = dice.choice(MUTATIONS)
        statements, bad = mutation(dice)
        with transaction.atomic():
            behind_its_back(*statements)
            found = verify(CHAIN, signed=signed[CHAIN])
            alone = _said_alone(tmp_path)
            transaction.set_rollback(True)
        told = f"seed {seed}, {mutation.__name__}: {statements}"
        assert found is not None and found[0] == bad, f"{told} named {found}, expected {bad}"
        assert f": entry {bad} " in alone, f"{told} was said to be: {alone}"
    assert verify(CHAIN, signed=signed[CHAIN]) is None


def _said_alone(folder: Path) -> str:
    """What the verifier without Slipway says of an export of the log as it is now."""
    file = export(folder / "log.jsonl", CHAIN)
    one = verify_log.Chain()
    for _chain, sequence, digest, _at in verify_log.checkpoints_in(folder, None):
        one.signed[sequence] = digest
    for entry, wrong in verify_log.entries_of(file):
        one.take(entry, wrong)
    return f"{CHAIN}: {one.end()}"
