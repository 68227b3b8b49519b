"""`manage.py prepare`, the step of `make run` between its servers and its processes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from portal.local.__main__ import with_earlier
from portal.local.stack import ROOT


def prepare(**addresses: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "manage.py"), "prepare"]
    return subprocess.run(command, env={**os.environ, **addresses}, capture_output=True, text=True)


def test_that_a_database_that_is_away_is_named_with_a_next_step() -> None:
    done = prepare(DATABASE_URL="postgres://slipway:secret@127.0.0.1:9/slipway")

    assert done.returncode == 1
    assert "The database at 127.0.0.1:9 cannot be used" in done.stderr
    assert "Check DATABASE_URL" in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("redis://:secret@127.0.0.1:9/0", "The Redis or Valkey at 127.0.0.1:9 cannot be used: "),
        ("unix:///nowhere/valkey.sock", "The Redis or Valkey at /nowhere/valkey.sock cannot be used: "),
        ("http://127.0.0.1:9", "The Redis or Valkey at 127.0.0.1:9 cannot be used: "),
    ],
)
def test_that_a_valkey_that_is_away_is_named_as_well(address: str, place: str) -> None:
    done = prepare(REDIS_URL=address)

    assert done.returncode == 1
    assert place in done.stderr and "Check REDIS_URL, or leave it out to get a private server." in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("address", ["redis://:secret@:1", "rediss://:1/0", "unix://", "redis://[::1", ""])
def test_that_an_address_without_a_valkey_in_it_is_called_that(address: str) -> None:
    done = prepare(REDIS_URL=address)

    assert done.returncode == 1
    assert done.stderr == (
        "CommandError: REDIS_URL names no server. Write it as redis://:password@host:6379/0, or leave it out to get a "
        "private server.\n"
    )


@pytest.mark.parametrize("address", ["sqlite:///x", "mysql://slipway:secret@127.0.0.1:9/slipway"])
def test_that_another_database_than_postgresql_is_refused_as_such(address: str) -> None:
    done = prepare(DATABASE_URL=address)

    assert done.returncode == 1
    assert f"DATABASE_URL begins with {address.partition('/')[0]}//, and it has to be PostgreSQL. " in done.stderr
    assert "Write it as postgres://user:password@host:5432/name" in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_that_passwords_shown_earlier_stay_when_a_later_version_brings_another_account() -> None:
    before = ["login alice one Tenant admin of boutique", "login bob two Developer of boutique"]
    assert with_earlier(before, ["login ada three Auditor"]) == [*before, "login ada three Auditor"]
    assert with_earlier(before, ["login bob four Viewer"]) == [before[0], "login bob four Viewer"]
