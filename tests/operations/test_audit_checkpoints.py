"""Checkpoints of the audit log: signed, copied outside, never made over a chain that was tampered with."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from portal.audit import checkpoints, notes, sinks
from portal.audit.models import AuditCheckpoint, AuditHead
from portal.audit.recording import verify
from portal.errors import PlatformError, Refused
from portal.outbox.models import OutboxRow
from portal.outbox.running import drain
from releases import checkpoint_posting
from releases.clock import sign_audit_log
from tests.operations.audit_stage import CHAIN, TABLE, append, behind_its_back

pytestmark = pytest.mark.django_db


def made() -> AuditCheckpoint:
    (row,) = checkpoints.make(timezone.now()).checkpoints
    return row


def command(*words: Any) -> str:
    said = StringIO()
    call_command("audit", *map(str, words), stdout=said, stderr=said)
    return said.getvalue()


def refused(*words: Any) -> str:
    said = StringIO()
    with pytest.raises(CommandError) as raised:
        call_command("audit", *map(str, words), stdout=said, stderr=said)
    return f"{said.getvalue()}{raised.value}"


def test_a_checkpoint_has_the_form_of_a_signed_note() -> None:
    append(3)
    body, signature = made().text.split("\n\n")
    *said, at = body.split("\n")
    root = base64.b64encode(bytes.fromhex(AuditHead.objects.get(chain=CHAIN).hash)).decode()
    assert said == ["slipway/audit/platform", "3", root] and datetime.fromisoformat(at) <= timezone.now()
    name, encoded = signature.removeprefix("— ").rstrip("\n").rsplit(" ", 1)
    assert name == "slipway/audit/platform" and len(base64.b64decode(encoded)) == 4 + 64


def test_what_was_signed_is_read_back_with_the_public_key_alone() -> None:
    append(2)
    row = made()

    found = notes.read(row.text, checkpoints.signing_key().public_key())
    assert (found.origin, found.sequence, found.hash) == ("slipway/audit/platform", 2, row.hash)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("\n2\n", "\n3\n"), "does not fit"),
        (lambda text: text.replace("audit/platform\n", "audit/other\n", 1), "not signed by this key"),
        (lambda text: text.replace("\n2\n", "\n02\n"), "no checkpoint"),
        (lambda text: text.split("\n\n")[0], "no checkpoint"),
        (lambda text: "", "no checkpoint"),
    ],
)
def test_a_checkpoint_that_was_changed_is_none(change: Any, said: str) -> None:
    append(2)
    with pytest.raises(notes.BadCheckpoint, match=said):
        notes.read(change(made().text), checkpoints.signing_key().public_key())


def test_another_key_vouches_for_nothing() -> None:
    append(1)
    with pytest.raises(notes.BadCheckpoint, match="not signed by this key"):
        notes.read(made().text, Ed25519PrivateKey.generate().public_key())


def test_nothing_is_signed_twice() -> None:
    append(1)
    made()
    assert checkpoints.make(timezone.now()).checkpoints == []
    append(1)
    assert made().sequence == 2


def test_a_chain_that_was_shortened_with_its_head_is_not_signed_again() -> None:
    append(5)
    made()
    behind_its_back(
        f"DELETE FROM {TABLE} WHERE chain = '{CHAIN}' AND sequence > 3",
        f"UPDATE audit_audithead SET sequence = 3, hash = (SELECT hash FROM {TABLE} WHERE sequence = 3)",
    )
    append(4)

    result = checkpoints.make(timezone.now())
    assert result.checkpoints == [] and result.refused == {CHAIN: "entry 5 is not the one it was"}
    assert "not signed" in refused("checkpoint")


def test_a_chain_whose_new_entries_do_not_verify_is_not_signed() -> None:
    append(2)
    made()
    append(3)
    behind_its_back(f"UPDATE {TABLE} SET note = 'another' WHERE chain = '{CHAIN}' AND sequence = 4")

    result = checkpoints.make(timezone.now())
    assert (result.checkpoints, result.refused) == ([], {CHAIN: "entry 4 is changed"})


def test_the_clock_signs_and_a_worker_copies_it_into_the_folder(settings: Any, tmp_path: Path) -> None:
    settings.SLIPWAY_AUDIT_FOLDER = str(tmp_path / "outside")
    append(2)
    sign_audit_log(timezone.now())
    drain()

    (file,) = (tmp_path / "outside").iterdir()
    assert file.name == "platform.000000000002.checkpoint"
    assert file.read_text() == AuditCheckpoint.objects.get().text
    assert OutboxRow.objects.get().state == "done"


def test_without_a_key_the_clock_goes_on_and_the_command_says_what_is_missing(settings: Any) -> None:
    append(1)
    settings.SLIPWAY_AUDIT_KEY = "dG9vIHNob3J0"
    sign_audit_log(timezone.now())

    assert not AuditCheckpoint.objects.exists()
    assert "SLIPWAY_AUDIT_KEY has to be 32 random bytes" in refused("checkpoint")


def test_a_file_is_written_once_and_never_over_another(tmp_path: Path) -> None:
    append(1)
    row = made()
    file = sinks.copy_to(tmp_path, row)
    assert sinks.copy_to(tmp_path, row) == file

    file.write_text("something else")
    with pytest.raises(Refused, match="holds another checkpoint already"):
        sinks.copy_to(tmp_path, row)
    assert [one.name for one in tmp_path.iterdir()] == [file.name]


def test_a_folder_that_cannot_be_written_is_tried_again(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    append(1)
    with pytest.raises(PlatformError, match="cannot be written"):
        sinks.copy_to(tmp_path / "file", made())


@pytest.fixture
def listener() -> Iterator[tuple[str, list[tuple[dict[str, str], str]]]]:
    """A server that keeps what it is sent: its address, and that list. `/away` leads elsewhere, `/full` refuses."""
    kept: list[tuple[dict[str, str], str]] = []

    class Keeper(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            kept.append((dict(self.headers), body))
            self.send_response({"/away": 307, "/full": 507}.get(self.path, 201))
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Keeper) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", kept
        finally:
            server.shutdown()
            thread.join()


def test_a_checkpoint_is_posted_to_a_listed_server(listener: Any, settings: Any) -> None:
    url, kept = listener
    settings.SLIPWAY_AUDIT_URL, settings.SLIPWAY_AUDIT_TOKEN = f"{url}/log", "let-me-in"
    settings.SLIPWAY_AUDIT_SERVERS_ALLOWED = ["127.0.0.1"]
    append(1)
    row = made()
    drain()

    ((headers, body),) = kept
    assert body == row.text
    assert headers["Slipway-Checkpoint"] == "platform.000000000001.checkpoint"
    assert headers["Authorization"] == "Bearer let-me-in"


@pytest.mark.parametrize(("path", "said"), [("/away", "answered 307"), ("/full", "answered 507")])
def test_what_is_not_kept_is_tried_again_and_no_redirect_is_followed(
    listener: Any, settings: Any, path: str, said: str
) -> None:
    url, kept = listener
    settings.SLIPWAY_AUDIT_URL, settings.SLIPWAY_AUDIT_SERVERS_ALLOWED = f"{url}{path}", ["127.0.0.1"]
    append(1)
    with pytest.raises(PlatformError, match=said):
        checkpoint_posting.post(made())
    assert len(kept) == 1


def test_private_servers_get_nothing_unless_they_are_listed(listener: Any, settings: Any) -> None:
    url, kept = listener
    append(1)
    row = made()
    for address in (url, "https://169.254.169.254/log", "https://metadata.google.internal/", "https://10.0.0.1/log"):
        settings.SLIPWAY_AUDIT_URL = address
        with pytest.raises(PlatformError, match="SLIPWAY_AUDIT_URL cannot be used"):
            checkpoint_posting.post(row)
    assert kept == []


def test_a_name_that_leads_to_a_private_address_gets_nothing(listener: Any, settings: Any, monkeypatch: Any) -> None:
    import socket

    url, kept = listener
    port = int(url.rsplit(":", 1)[1])
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *rest, **more: real("127.0.0.1", *rest, **more))
    settings.SLIPWAY_AUDIT_URL = f"https://keeper.example.com:{port}/"
    append(1)
    with pytest.raises(PlatformError, match="does not list"):
        checkpoint_posting.post(made())
    assert kept == []


def test_the_command_signs_writes_and_verifies(tmp_path: Path) -> None:
    append(4)
    assert "platform: signed up to entry 4" in command("checkpoint", "--to", tmp_path)
    append(2)

    assert "platform: 6 entries, whole, 1 checkpoints fit" in command("verify", "--checkpoints", tmp_path)
    assert "platform: 6 entries, whole" in command("verify", "--chain", "platform")
    assert "There is no chain of nowhere" in refused("verify", "--chain", "nowhere")
    assert "There is no folder" in refused("verify", "--checkpoints", tmp_path / "none")


def test_a_tail_cut_off_with_head_and_checkpoints_is_found_by_those_outside(tmp_path: Path) -> None:
    append(6)
    command("checkpoint", "--to", tmp_path)
    behind_its_back(
        f"DELETE FROM {TABLE} WHERE chain = '{CHAIN}' AND sequence > 4",
        f"UPDATE audit_audithead SET sequence = 4, hash = (SELECT hash FROM {TABLE} WHERE sequence = 4)",
        "DELETE FROM audit_auditcheckpoint",
    )

    assert verify(CHAIN) is None, "nothing inside the database tells of it"
    assert "platform: entry 5 is missing" in refused("verify", "--checkpoints", tmp_path)


def test_a_chain_made_anew_with_all_hashes_is_found_by_checkpoints_outside(tmp_path: Path) -> None:
    append(3)
    command("checkpoint", "--to", tmp_path)
    behind_its_back(f"DELETE FROM {TABLE}", "DELETE FROM audit_audithead", "DELETE FROM audit_auditcheckpoint")
    append(4)

    assert verify(CHAIN) is None
    assert "platform: entry 3 is not the one that a checkpoint" in refused("verify", "--checkpoints", tmp_path)


def test_a_checkpoint_file_that_was_touched_is_named(tmp_path: Path) -> None:
    append(1)
    command("checkpoint", "--to", tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_text(file.read_text().replace("\n1\n", "\n9\n"))

    assert f"{file.name} has a signature that does not fit" in refused("verify", "--checkpoints", tmp_path)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditcheckpoint SET text = 'x'",
        "DELETE FROM audit_auditcheckpoint",
        "TRUNCATE audit_auditcheckpoint",
        "UPDATE audit_audithead SET sequence = 1",
        "UPDATE audit_audithead SET hash = repeat('a', 64)",
        "UPDATE audit_audithead SET sequence = sequence + 1",
        "UPDATE audit_audithead SET chain = 'other'",
    ],
)
def test_the_database_refuses_to_change_checkpoints_and_to_move_heads_elsewhere(statement: str) -> None:
    append(2)
    made()
    with pytest.raises(DatabaseError, match="only be appended"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
