"""What `make run` says when it cannot start."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from portal.local.home import open_home
from portal.local.stack import ROOT


def start(home: Path, *, port: str = "0") -> tuple[int, str]:
    """Exit code and what was said on standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "portal.local"],
        cwd=ROOT,
        env={**os.environ, "SLIPWAY_HOME": str(home), "PORT": port},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stderr


@pytest.fixture
def free() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_that_a_taken_port_is_named_with_one_that_is_free(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        code, said = start(tmp_path / "home", port=str(port))

    assert code == 1
    assert f"Port {port} of this machine is taken by another program" in said
    assert "make run" in said
    assert "Traceback" not in said
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("port", ["eighty", "0", "70000", "-1", "٨٨٢٥"])
def test_that_a_port_has_to_be_a_port_number(tmp_path: Path, port: str) -> None:
    code, said = start(tmp_path / "home", port=port)

    assert code == 1
    assert f"PORT is '{port}', which is no port number." in said


@pytest.mark.parametrize("place", ["/proc/slipway", "file/home"])
def test_that_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path, free: str, place: str) -> None:
    (tmp_path / "file").touch()
    home = tmp_path / place

    code, said = start(home, port=free)

    assert code == 1
    assert f"The data folder {home} cannot be made in {home.parent}. Choose another one:" in said
    assert "SLIPWAY_HOME=" in said
    assert "Traceback" not in said


def test_that_a_file_in_the_place_of_the_data_folder_is_called_one(tmp_path: Path, free: str) -> None:
    home = tmp_path / "file"
    home.touch()

    code, said = start(home, port=free)

    assert code == 1 and f"{home} is a file, and the data folder has to be a folder." in said


def test_that_a_data_folder_in_use_is_named_before_the_port_that_is_its_own(tmp_path: Path) -> None:
    home = open_home(tmp_path)

    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, said = start(home.path, port=str(taken.getsockname()[1]))

    assert code == 1
    assert f"Slipway is already running on the data folder {tmp_path}." in said
    assert "Ctrl-C" in said
