"""Real control planes of a test session: whoever needs one first starts it, everybody shares it.

They end with the session (`tests.services.stop`), and by themselves when the session is killed. One that only a single
module needs ends with it, because a control plane that nobody asks anything still takes a twelfth of a core.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

import pytest

from portal.local.kubernetes import assets, background
from portal.local.problem import LocalProblem
from tests.cluster.sweeping import sweep

NODES = 4
REQUIRED = "REQUIRE_KUBERNETES"


def built() -> assets.Assets:
    """The programs of `make kubernetes`. Without them the test is left out, or fails where they are required."""
    try:
        return assets.find()
    except LocalProblem as problem:
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(f"{REQUIRED}=1, but: {problem}", pytrace=False)
        pytest.skip(str(problem))


def real_cluster(name: str = "real") -> Path:
    """The kubeconfig of an administrator of a running control plane."""
    built()
    session, home = _session_and_home(name)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "starting").open("w") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        if not background.running(home):
            _up(name, home, session)
    return home / "admin.kubeconfig"


def _up(name: str, home: Path, session: int) -> None:
    """Started anew where something of somebody else took one of its ports between choosing and listening."""
    for tries_left in (2, 1, 0):
        try:
            return background.up(name, home, nodes=NODES, with_process=session)
        except LocalProblem:
            if not tries_left:
                raise


@contextmanager
def alone() -> Iterator[None]:
    """Nobody else of the session releases to the real ones meanwhile: every test's tenant is called the same.

    What an app of an earlier test has left there, because it broke, is taken away first.
    """
    built()
    _session, home = _session_and_home("alone")
    home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with home.open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        for kubeconfig in home.parent.glob("*/admin.kubeconfig"):
            if background.running(kubeconfig.parent):
                _swept(kubeconfig)
        yield


def _swept(kubeconfig: Path) -> None:
    try:
        sweep(kubeconfig)
    except URLError as error:
        # Another worker of the session ends it just now, or starts it: then nobody here needs it.
        if not isinstance(error.reason, ConnectionError):
            raise


def end_cluster(name: str) -> None:
    """End a control plane that no other test needs."""
    _session, home = _session_and_home(name)
    background.down(name, home)


def kill_cluster(name: str) -> None:
    """Kill every program of a control plane at once, as a machine without power does; `real_cluster` starts it anew."""
    _session, home = _session_and_home(name)
    pid = int((home / "lock").read_text("ascii"))
    with open(os.pidfd_open(pid)) as process:
        os.kill(pid, signal.SIGKILL)  # the programs go with who supervises them
        select.select([process], [], [])


def beside(path: str, *, what: str) -> str:
    """What stands in a file beside the repository, which is no part of it: without it the test is left out."""
    file = Path(__file__).resolve().parents[2] / path
    if not file.is_file():
        pytest.skip(f"There is nothing to compare with: {what} is not in {path}.")
    return file.read_text()


def _session_and_home(name: str) -> tuple[int, Path]:
    session, folder = os.environ["SLIPWAY_TEST_PLANES"].split(":", 1)
    return int(session), Path(folder) / name
