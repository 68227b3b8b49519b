"""An export is verified later, on another machine, with the checkpoints of by then: that is no log cut off."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from portal.access import Actor
from portal.access.roles import AUDITOR
from portal.audit.recording import Change, Subject, record
from tests import cast
from tests.operations.audit_stage import TABLE, append, behind_its_back
from tests.operations.stage import open_shop
from tests.operations.test_audit_verifier import key, said

pytestmark = pytest.mark.django_db
GUILD = uuid.UUID("00000000-0000-4000-8000-000000000002")


class Log:
    """The log of a platform and two tenants, which an auditor exports as the page does."""

    def __init__(self, folder: Path) -> None:
        self.shop, self.folder = open_shop(), folder
        self.client = cast.signed_in(cast.platform_person("ada", role=AUDITOR))
        append(3)
        self.sign()

    def sign(self) -> None:
        call_command("audit", "checkpoint", to=self.folder, verbosity=0)

    def export(self, address: str = "/platform/audit/export/?as=jsonl") -> None:
        answer: Any = self.client.get(address)
        (self.folder / "log.jsonl").write_bytes(b"".join(answer.streaming_content))

    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "log.jsonl").read_text().splitlines()]

    def cut(self, keep: Any) -> None:
        """Leave out of the file whatever entry `keep` says no to."""
        kept = [entry for entry in self.entries() if keep(entry)]
        (self.folder / "log.jsonl").write_text("".join(f"{json.dumps(entry)}\n" for entry in kept))

    def verified(self, *words: str) -> tuple[int, str]:
        return said(self.folder, "--checkpoints", str(self.folder), "--key", key(), *words)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def test_what_was_signed_after_an_export_is_not_missing_in_it(log: Log) -> None:
    log.export()
    append(2)
    log.shop.do("process.scale", process="web", replicas=3)
    log.sign()

    code, words = log.verified()
    assert code == 0, words
    assert "platform: 4 entries, whole, 1 checkpoints fit, 1 signed later\n" in words
    assert "1 entries, whole, 1 checkpoints fit, 1 signed later (boutique)\n" in words
    at = log.entries()[-1]["at"].replace("T", " ")
    assert f"By its last entry, ada made this export at {at}. If it is from later, its end is cut off." in words


def test_the_export_of_one_tenant_tells_its_own_end(log: Log) -> None:
    log.client = cast.signed_in(log.shop.people.alice)
    log.export("/t/boutique/activity/export/?as=jsonl")
    log.shop.do("process.scale", process="web", replicas=3)
    log.sign()

    chain = log.entries()[0]["chain"]
    code, words = log.verified("--chain", chain)
    assert code == 0 and f"{chain}: 2 entries, whole, 1 checkpoints fit, 1 signed later (boutique)\n" in words


def test_a_tenant_that_came_after_the_export_is_not_missing_in_it(log: Log) -> None:
    log.export()
    guild = Subject(kind="test", tenant_id=GUILD, tenant_name="guild")
    record(Change(operation="test.append"), actor=Actor.engine(), subject=guild)
    log.sign()

    code, words = log.verified()
    assert code == 0 and f"{GUILD}: not in the export, and not signed before it was made\n" in words


def test_what_was_signed_before_the_export_has_to_be_there(log: Log) -> None:
    log.shop.do("process.scale", process="web", replicas=3)
    log.sign()
    log.export()
    log.cut(lambda entry: (entry["tenant_name"], entry["sequence"]) != ("boutique", 2))

    code, words = log.verified()
    assert code == 1 and "entry 2 is missing: a checkpoint was signed for entry 2 (boutique)" in words


def test_a_log_cut_off_before_it_was_exported_is_found(log: Log) -> None:
    append(2)
    log.sign()
    behind_its_back(f"DELETE FROM {TABLE} WHERE chain = 'platform' AND sequence > 3")
    behind_its_back(
        "UPDATE audit_audithead SET sequence = 3, hash = "
        f"(SELECT hash FROM {TABLE} WHERE chain = 'platform' AND sequence = 3) WHERE chain = 'platform'"
    )
    log.export()

    code, words = log.verified()
    assert code == 1 and "platform: entry 5 is missing: a checkpoint was signed for entry 5" in words


@pytest.mark.parametrize("address", ["", "&q=scale"], ids=["cut off", "filtered"])
def test_a_file_without_the_end_of_a_whole_export_has_to_have_all_that_was_signed(log: Log, address: str) -> None:
    log.export()
    append(2)
    log.sign()
    if address:
        log.export(f"/platform/audit/export/?as=jsonl{address}")
    else:
        log.cut(lambda entry: entry["operation"] != "audit.export")

    assert log.verified()[0] == 1


def test_what_says_nothing_of_when_it_was_signed_is_looked_for(log: Log) -> None:
    log.export()
    append(2)
    log.sign()
    for file in log.folder.glob("platform.*6.checkpoint"):
        lines = file.read_text().split("\n")
        file.write_text("\n".join([*lines[:3], *lines[4:]]))

    code, words = said(log.folder, "--checkpoints", str(log.folder))
    assert code == 1 and "platform: entry 5 is missing" in words
