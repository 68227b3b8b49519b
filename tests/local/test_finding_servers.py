"""Where PostgreSQL and Valkey come from: a given address, then PATH, then a wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.local import postgres, valkey
from portal.local.account import run_as
from portal.local.home import Home, open_home
from portal.local.problem import LocalProblem


def test_that_a_fitting_postgresql_on_path_comes_before_the_wheel(tmp_path: Path) -> None:
    folder = _programs(tmp_path, initdb="", postgres="postgres (PostgreSQL) 17.4 (Debian 17.4-1)")

    found = postgres.find(path=str(folder))

    assert (found.folder, found.version, found.origin) == (folder, "17.4", "from PATH")


@pytest.mark.parametrize("printed", ["postgres (PostgreSQL) 12.9", "postgres (PostgreSQL) 9.6.24"])
def test_that_an_old_postgresql_on_path_is_passed_over(tmp_path: Path, printed: str) -> None:
    folder = _programs(tmp_path, initdb="", postgres=printed)

    found = postgres.find(path=str(folder))

    assert found.origin == "from its wheel"
    assert found.major >= postgres.OLDEST


def test_that_a_postgresql_without_initdb_is_passed_over(tmp_path: Path) -> None:
    folder = _programs(tmp_path, postgres="postgres (PostgreSQL) 17.4")

    assert postgres.find(path=str(folder)).origin == "from its wheel"


def test_that_data_decides_which_version_fits(tmp_path: Path) -> None:
    folder = _programs(tmp_path, initdb="", postgres="postgres (PostgreSQL) 17.4")
    wheel = postgres.find(path="").major

    assert postgres.find(path=str(folder), wanted=17).origin == "from PATH"
    assert postgres.find(path=str(folder), wanted=wheel).origin == "from its wheel"
    with pytest.raises(LocalProblem, match=r"version 16, which wrote the data.*17\.4 from PATH.*DATABASE_URL"):
        postgres.find(path=str(folder), wanted=16)


def test_that_a_copy_of_the_wheels_postgresql_runs_and_is_made_once(tmp_path: Path) -> None:
    folder = postgres.in_wheel()
    assert folder

    copy = postgres.copied(folder, into=tmp_path)

    assert tmp_path in copy.parents
    assert "PostgreSQL" in run_as(None, [str(copy / "initdb"), "--version"])
    (copy / "mark").touch()
    assert (postgres.copied(folder, into=tmp_path) / "mark").exists()


def test_that_valkey_or_redis_on_path_comes_before_the_wheel(tmp_path: Path) -> None:
    folder = _programs(tmp_path, **{"redis-server": "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0"})

    found = valkey.find(path=str(folder))

    assert (found.file, found.version, found.origin) == (folder / "redis-server", "7.0.15", "from PATH")


def test_that_an_old_redis_on_path_is_passed_over(tmp_path: Path) -> None:
    folder = _programs(tmp_path, **{"redis-server": "Redis server v=5.0.1 sha=00000000:0"})

    assert valkey.find(path=str(folder)).origin == "from its wheel"


def test_that_an_address_in_the_environment_comes_before_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody@database.example/slipway")
    home = open_home(tmp_path / "home")

    assert home.given("DATABASE_URL") == "postgres://somebody@database.example/slipway"


def test_that_the_address_of_our_own_server_does_not_count_as_given_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = "postgres://slipway:secret@127.0.0.1:15999/slipway"
    theirs = "redis://cache.example/0"
    _closed(open_home(tmp_path)).write_environment(
        {"DATABASE_URL": ours, "REDIS_URL": theirs}, embedded={"DATABASE_URL"}
    )
    monkeypatch.setenv("DATABASE_URL", ours)  # as read from the file by every process of ours
    monkeypatch.setenv("REDIS_URL", theirs)

    home = open_home(tmp_path)

    assert home.given("DATABASE_URL") is None
    assert home.given("REDIS_URL") == theirs


def test_that_the_environment_file_is_private_and_keeps_its_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("SLIPWAY_KEYS", raising=False)
    first = _closed(open_home(tmp_path)).write_environment({}, embedded=set())
    assert (tmp_path / "env").stat().st_mode & 0o777 == 0o600

    second = _closed(open_home(tmp_path)).write_environment({}, embedded=set())

    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert first["SLIPWAY_KEYS"] == second["SLIPWAY_KEYS"]


def _closed(home: Home) -> Home:
    home.lock.close()
    return home


def _programs(folder: Path, **printed: str) -> Path:
    for name, text in printed.items():
        file = folder / name
        file.write_text(f"#!/bin/sh\necho '{text}'\n", encoding="utf-8")
        file.chmod(0o755)
    return folder
