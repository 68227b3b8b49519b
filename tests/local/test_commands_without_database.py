"""Commands of ours while the database does not answer: one sentence with the next step."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.local.program import free_port
from portal.local.stack import ROOT

COMMANDS = {
    "token": ["--user", "bob", "--tenant", "boutique", "--name", "ci"],
    "operate": ["process.scale", "--tenant", "boutique", "--app", "frontend", "process=web", "replicas=2", "--dry-run"],
    "audit": ["verify"],
    "account": ["disable", "bob"],
    "keys": ["rotate"],
    "demo": [],
}


def manage(command: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), command, *words],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def address() -> str:
    return f"postgres://slipway:precious@127.0.0.1:{free_port()}/slipway"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_says_in_one_sentence_that_the_database_is_away(command: str) -> None:
    url = address()
    done = manage(command, *COMMANDS[command], DATABASE_URL=url)

    place = url.partition("@")[2].partition("/")[0]
    assert done.returncode == 1
    assert done.stderr.startswith(f"CommandError: The database at {place} does not answer: connection failed: ")
    assert done.stderr.endswith("Check DATABASE_URL, and that its server runs.\n") and done.stderr.count("\n") == 1
    assert "precious" not in done.stderr + done.stdout


def test_where_slipway_keeps_the_database_the_next_step_is_to_start_it(tmp_path: Path) -> None:
    url = address()
    (tmp_path / "env").write_text(f"DATABASE_URL={url}\nSLIPWAY_EMBEDDED=DATABASE_URL,REDIS_URL\n")
    given = {name: one for name, one in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "audit", "verify"],
        env=given | {"SLIPWAY_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    said = "CommandError: The database does not answer. Start Slipway with `make run`.\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


def test_a_command_that_needs_no_database_works_without() -> None:
    done = manage("operations", DATABASE_URL=address())
    assert (done.returncode, done.stderr) == (0, "") and "process.scale" in done.stdout
