"""The private servers start, answer to their password only, and keep what they are meant to keep."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal.local import postgres, valkey
from portal.local.account import unprivileged
from portal.local.home import open_home, root_database_folder, write_private
from portal.local.program import Program, free_port, spawn, wait_until_ready
from tests import services


@contextmanager
def running(program: Program) -> Iterator[None]:
    process = spawn(program, output=subprocess.DEVNULL)
    try:
        assert asyncio.run(
            wait_until_ready(program, pid=lambda: process.pid, gone=lambda: process.poll() is not None, seconds=60)
        )
        yield
    finally:
        process.send_signal(program.stop_signal)
        process.wait(60)


def test_that_a_stopped_postgresql_finds_its_data_again() -> None:
    account = unprivileged()
    with services.folder_for(account) as folder:
        data = folder / "data"
        binaries = postgres.find(account=account, path="")
        postgres.initialise(binaries, data=data, account=account)
        for statement in ("CREATE TABLE kept (word text)", "INSERT INTO kept VALUES ('Äpfel')"):
            port = free_port()
            with (
                running(postgres.program(binaries, data=data, port=port, account=account)),
                psycopg.connect(postgres.address(data=data, port=port), autocommit=True) as connection,
            ):
                connection.execute(statement)

        postgres.initialise(binaries, data=data, account=account)
        with (
            running(postgres.program(binaries, data=data, port=port, account=account)),
            psycopg.connect(postgres.address(data=data, port=port)) as connection,
        ):
            assert connection.execute("SELECT lower(word) FROM kept").fetchone() == ("äpfel",)
            assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_that_postgresql_refuses_a_wrong_password() -> None:
    address = os.environ["DATABASE_URL"]
    user, _, place = address.partition("@")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"{user}x@{place}")


def test_that_valkey_needs_its_password(tmp_path: Path) -> None:
    port = free_port()
    with running(valkey.program(valkey.find(path=""), folder=tmp_path, port=port)):
        assert redis.from_url(valkey.address(folder=tmp_path, port=port)).ping()
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=port, retry=Retry(NoBackoff(), 0)).ping()

    assert (tmp_path / "valkey.conf").stat().st_mode & 0o777 == 0o600


def test_that_valkey_starts_in_a_folder_of_any_name(tmp_path: Path) -> None:
    port, folder = free_port(), tmp_path / """my "own" \\data of 'mine' äöü"""
    folder.mkdir()
    with running(valkey.program(valkey.find(path=""), folder=folder, port=port)):
        server = redis.from_url(valkey.address(folder=folder, port=port))
        assert server.config_get("dir") == {"dir": str(folder)}


def test_that_a_port_is_kept_from_start_to_start(tmp_path: Path) -> None:
    home = open_home(tmp_path)

    first = home.port("postgres")

    assert home.port("postgres") == first
    assert home.port("valkey") != first


def test_that_the_database_of_a_removed_data_folder_is_put_aside_and_not_used(tmp_path: Path) -> None:
    """As root the database lives elsewhere; a new data folder at the same path has new keys that cannot read it."""
    account = unprivileged()
    said: list[str] = []
    home = open_home(tmp_path / "home")
    folder = home.database_folder(account, say=said.append)
    try:
        assert home.database_folder(account, say=said.append) == folder
        assert said == []
        write_private(tmp_path / "home" / "id", "another installation")
        again = home.database_folder(account, say=said.append)
        if account:
            assert again == root_database_folder(home.path)
            (aside,) = postgres.ROOT_DATA.glob(f"{again.name}.*")
            assert f"is now {aside};" in said[0]
        else:
            assert again.parent == home.path
    finally:
        services.remove_root_data(home.path)
