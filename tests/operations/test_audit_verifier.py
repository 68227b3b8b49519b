"""The verifier that auditors run without Slipway finds what the portal's own finds."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portal.access import Actor
from portal.audit import checkpoints, notes, verify_log
from portal.audit.recording import Change, Subject, record
from tests.operations.audit_stage import CHAIN, TABLE, append, behind_its_back, export

pytestmark = pytest.mark.django_db
HARBOR = uuid.UUID("00000000-0000-4000-8000-000000000001")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Checkpoints at the entries 3 and 6 of eight, and `log.jsonl` beside them."""
    append(3)
    call_command("audit", "checkpoint", to=tmp_path, verbosity=0)
    append(3)
    call_command("audit", "checkpoint", to=tmp_path, verbosity=0)
    append(2)
    export(tmp_path / "log.jsonl", CHAIN)
    return tmp_path


def key() -> str:
    return notes.public_text(checkpoints.signing_key().public_key())


def said(folder: Path, *words: str) -> tuple[int, str]:
    """Its exit code and what it says, in a Python of its own that sees neither Slipway nor Django."""
    argv = [sys.executable, "-I", str(verify_log.__file__), str(folder / "log.jsonl"), *words]
    done = subprocess.run(argv, capture_output=True, text=True, cwd=folder)
    return done.returncode, f"{done.stdout}{done.stderr}"


def tampered(folder: Path, change: object) -> tuple[int, str]:
    file = folder / "log.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    change(lines)  # type: ignore[operator]  # a function that changes the list in place
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return said(folder, "--checkpoints", str(folder), "--key", key())


def test_a_whole_log_is_said_to_be_whole(folder: Path) -> None:
    assert said(folder, "--checkpoints", str(folder), "--key", key()) == (
        0,
        "platform: 8 entries, whole, 2 checkpoints fit\n",
    )


def test_it_says_when_signatures_were_not_checked(folder: Path) -> None:
    code, words = said(folder, "--checkpoints", str(folder))
    assert code == 0 and "Signatures were not checked: give --key." in words


def test_an_edited_deleted_inserted_or_swapped_entry_is_named(folder: Path) -> None:
    whole = (folder / "log.jsonl").read_text()
    changes = {
        "entry 4 is changed": lambda lines: lines[3].update(note="another"),
        "entry 5 is missing": lambda lines: lines.pop(4),
        "entry 2 is there again behind entry 2: a copy of it, or one put in": lambda lines: lines.insert(
            2, dict(lines[1])
        ),
        "entry 4 has something added that is no part of the log: 'approved_by'": lambda lines: lines[3].update(
            approved_by="auditor"
        ),
        "entry 5 lacks 'token_id'": lambda lines: lines[4].pop("token_id"),
        "entry 2 is missing": lambda lines: lines.insert(1, lines.pop(2)),
        "entry 5 is missing: a checkpoint was signed for entry 6": lambda lines: lines.__delitem__(slice(4, None)),
    }
    for words, change in changes.items():
        (folder / "log.jsonl").write_text(whole)
        code, printed = tampered(folder, change)
        assert (code, printed.strip()) == (1, f"platform: {words}")


@pytest.mark.parametrize(
    ("what", "doubled", "name"),
    [
        ('"outcome": "done"', '"outcome": "refused", "outcome": "done"', "outcome"),
        ('"number": 1', '"number": 7, "number": 1', "number"),
    ],
)
def test_a_name_that_is_there_twice_is_named(folder: Path, what: str, doubled: str, name: str) -> None:
    file = folder / "log.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    assert what in lines[1]
    file.write_text("".join([lines[0], lines[1].replace(what, doubled), *lines[2:]]))

    code, words = said(folder)
    assert (code, words) == (1, f"platform: entry 2 has '{name}' twice, so that readers may take either value\n")


def test_a_chain_made_anew_is_found_by_its_checkpoints(folder: Path) -> None:
    def anew(lines: list[dict[str, object]]) -> None:
        previous = ""
        for line in lines:
            line |= {"note": "as if nothing had been", "previous_hash": previous}
            line["hash"] = previous = verify_log.link(previous, line)

    code, printed = tampered(folder, anew)
    assert code == 1 and "entry 3 is not the one that was signed: one of the entries 1 to 3 changed" in printed


def test_a_forged_checkpoint_is_refused(folder: Path) -> None:
    file = folder / f"{CHAIN}.000000000006.checkpoint"
    file.write_text(file.read_text().replace("\n6\n", "\n7\n"))
    code, printed = said(folder, "--checkpoints", str(folder), "--key", key())
    assert code == 2 and f"{file} is not signed by this key." in printed


@pytest.fixture
def both(folder: Path) -> Path:
    """The same with a second chain, of a tenant, and its checkpoint; `log.jsonl` has the first alone."""
    harbor = Subject(kind="test", tenant_id=HARBOR, tenant_name="harbor")
    record(Change(operation="test.append"), actor=Actor.engine(), subject=harbor)
    call_command("audit", "checkpoint", to=folder, verbosity=0)
    return folder


def test_a_chain_that_checkpoints_know_and_the_export_lacks_is_named(both: Path) -> None:
    code, words = said(both, "--checkpoints", str(both), "--key", key())

    assert code == 1 and f"{HARBOR}: not in the export, and a checkpoint was signed for entry 1" in words


def test_the_export_of_one_chain_is_whole_without_the_others(both: Path) -> None:
    code, words = said(both, "--checkpoints", str(both), "--key", key(), "--chain", CHAIN)

    assert (code, words) == (0, "platform: 8 entries, whole, 3 checkpoints fit\n")


def test_the_chain_that_was_asked_for_has_to_be_there(both: Path) -> None:
    code, words = said(both, "--chain", str(HARBOR))

    assert code == 1 and f"{HARBOR}: not in the export" in words


def test_an_export_of_nothing_is_not_said_to_be_whole(folder: Path) -> None:
    (folder / "log.jsonl").write_text("")

    assert said(folder) == (2, f"There is no entry in {folder / 'log.jsonl'}, so nothing was verified.\n")


@pytest.mark.parametrize(
    ("name", "words"),
    [("none", "There is no folder"), ("log.jsonl", "There is no folder"), ("bare", "There is no checkpoint in")],
)
def test_a_folder_without_checkpoints_vouches_for_nothing(folder: Path, name: str, words: str) -> None:
    (folder / "bare").mkdir()
    wanted = (2, f"{words} {folder / name}, so nothing was verified.\n")
    assert said(folder, "--checkpoints", str(folder / name), "--key", key()) == wanted
    assert said(folder, "--checkpoints", str(folder / name)) == wanted


def test_the_portals_own_verifier_takes_no_folder_without_checkpoints(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"There is no checkpoint in .*, so nothing was verified\."):
        call_command("audit", "verify", checkpoints=tmp_path)


def test_what_cannot_be_read_is_said_in_a_sentence(folder: Path) -> None:
    (folder / "log.jsonl").write_text("{}\n")
    assert "Line 1 of" in said(folder)[1]
    code, printed = said(folder, "--key", "AAAA")
    assert code == 2 and "--key has to be what" in printed


def reason_of(line: bytes, text: bytes) -> bytes:
    """The line with this JSON as the reason of its entry."""
    assert b'"reason": ""' in line
    return line.replace(b'"reason": ""', b'"reason": ' + text)


DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    ("spoil", "code", "words"),
    [
        (lambda line: reason_of(line, rb'"\ud800"'), 1, "platform: entry 4 is changed"),
        (lambda line: reason_of(line, b"[" * 600 + b"]" * 600), 1, "platform: entry 4 is changed"),
        (lambda line: reason_of(line, DEEP), 2, "Line 4 of {file} is no entry of the log."),
        (lambda line: b"\xff" + line, 2, "Line 4 of {file} is no entry of the log."),
        (lambda line: b"\xff\n" + line, 2, "Line 4 of {file} is no entry of the log."),
        (lambda line: reason_of(line, b"9" * 5000), 2, "Line 4 of {file} is no entry of the log."),
    ],
)
def test_what_no_log_can_hold_is_named_as_well(folder: Path, spoil: object, code: int, words: str) -> None:
    file = folder / "log.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    lines[3] = spoil(lines[3])  # type: ignore[operator]  # a function of a line
    file.write_bytes(b"".join(lines))

    assert said(folder) == (code, words.format(file=file) + "\n")


@pytest.mark.parametrize(
    "chain", ["\ud800", "platform: 9 entries, whole\n", "\x1b[2J\x1b[32mplatform", "\u202emroftalp"]
)
def test_the_name_of_a_chain_passes_for_nothing_else_on_a_terminal(folder: Path, chain: str) -> None:
    file = folder / "log.jsonl"
    lines = [json.loads(line) | {"chain": chain} for line in file.read_text().splitlines()]
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))

    assert said(folder) == (1, f"{chain!a}: entry 1 is changed\n")


@pytest.mark.parametrize("spoilt", [b"\xff", "Ä".encode()])
def test_a_checkpoint_with_letters_that_none_has_is_named(folder: Path, spoilt: bytes) -> None:
    file = folder / f"{CHAIN}.000000000006.checkpoint"
    file.write_bytes(file.read_bytes().rstrip(b"\n") + spoilt + b"\n")
    words = {b"\xff": "is no checkpoint"}.get(spoilt, "is not signed by this key")

    assert said(folder, "--checkpoints", str(folder), "--key", key()) == (2, f"{file} {words}.\n")
    with pytest.raises(CommandError, match="tampered"):
        call_command("audit", "verify", checkpoints=folder, stderr=(heard := StringIO()))
    assert heard.getvalue() == f"{file.name} {words}\n"


@pytest.mark.parametrize(
    "change",
    [
        "diff = (repeat('[', 3000) || repeat(']', 3000))::jsonb",
        "input = ('{\"n\": ' || repeat('9', 5000) || '}')::jsonb",
    ],
)
def test_the_portals_own_verifier_names_what_cannot_be_read_too(folder: Path, change: str) -> None:
    behind_its_back(f"UPDATE {TABLE} SET {change} WHERE sequence = 4")
    with pytest.raises(CommandError, match="tampered"):
        call_command("audit", "verify", stderr=(heard := StringIO()))

    assert heard.getvalue() == "platform: entry 4 is changed\n"


def test_the_portals_own_verifier_prints_names_as_they_can_be_read(folder: Path) -> None:
    behind_its_back(f"UPDATE {TABLE} SET chain = E'platform: 8 entries, whole\\n\\x1b[2J'")
    with pytest.raises(CommandError, match="tampered"):
        call_command("audit", "verify", stderr=(heard := StringIO()))

    assert r"'platform: 8 entries, whole\n\x1b[2J': entry 1 is changed" in heard.getvalue().splitlines()
