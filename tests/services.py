"""The PostgreSQL and the Valkey of one test session.

`ensure()` runs while tests/conftest.py is imported, before Django reads its settings. Workers of pytest-xdist find the
addresses in their environment, which is also how a person gives servers of their own.
"""

from __future__ import annotations

import asyncio
import atexit
import base64
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from portal.local import postgres, valkey
from portal.local.account import Account, unprivileged
from portal.local.home import root_database_folder
from portal.local.kubernetes import background
from portal.local.program import Program, free_port, signal_group, spawn, wait_until_ready

_running: list[tuple[Program, subprocess.Popen[bytes]]] = []
_folders: list[Path] = []


def ensure() -> None:
    """Start what the environment does not name, and set everything that the settings need."""
    fixed = {
        "SECRET_KEY": "for-tests-only-" + "0123456789abcdef" * 4,
        "SLIPWAY_KEYS": base64.b64encode(b"tests only, 32 bytes in length! ").decode(),
        "SLIPWAY_AUDIT_KEY": base64.b64encode(b"tests only, signs the audit log!").decode(),
        "SLIPWAY_CLUSTER_SERVERS_ALLOWED": "127.0.0.1",
        "SLIPWAY_CALL_SERVERS_ALLOWED": "127.0.0.1",
        "HTTPS": "0",
        "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    }
    for key, value in fixed.items():
        os.environ.setdefault(key, value)
    os.environ.setdefault("SLIPWAY_HOME", str(_folder()))
    # The process whose end ends them, and where they live; see `tests.cluster.planes`.
    os.environ.setdefault("SLIPWAY_TEST_PLANES", f"{os.getpid()}:{_folder()}")
    atexit.register(stop)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends like Ctrl-C, so that no data is left behind
    starting = []
    if "DATABASE_URL" not in os.environ:
        starting.append(_start_postgres())
    if "REDIS_URL" not in os.environ:
        starting.append(_start_valkey())
    asyncio.run(_all_ready(starting))
    # Only now, and not in pyproject.toml: pytest-django would read the settings before any conftest is imported.
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"


@contextmanager
def folder_for(account: Account | None) -> Iterator[Path]:
    """A temporary folder that belongs to an account and can be reached by it."""
    folder = _folder(base=_reachable_base() if account else None)
    try:
        if account:
            os.chown(folder, account.uid, account.gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_root_data(home: Path) -> None:
    """Remove the database that a start as root on this data folder kept outside of it."""
    folder = root_database_folder(home)
    for kept in folder.parent.glob(f"{folder.name}*"):
        shutil.rmtree(kept)


def redis_url(number: int) -> str:
    """The address of one numbered Valkey database."""
    parts = urlsplit(os.environ["REDIS_URL"])
    return urlunsplit(parts._replace(path=f"/{number}"))


def stop() -> None:
    """End what `ensure` started, by process id, and remove its data."""
    owner, _, planes = os.environ.get("SLIPWAY_TEST_PLANES", "0:").partition(":")
    if int(owner) == os.getpid():
        _stop_planes(Path(planes))
    while _running:
        program, process = _running.pop()
        process.send_signal(program.stop_signal)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            signal_group(process.pid, 9)
            process.wait()
    while _folders:
        shutil.rmtree(_folders.pop(), ignore_errors=True)


def _stop_planes(folder: Path) -> None:
    for home in folder.glob("*"):
        if background.running(home):
            background.down(home.name, home)


def _reachable_base() -> Path:
    """A folder for temporary data that an unprivileged account can enter; private ones are left as they are."""
    base = Path(tempfile.gettempdir()).resolve()
    if all(parent.stat().st_mode & 0o001 for parent in (base, *base.parents)):
        return base
    postgres.make_root_data()
    return postgres.ROOT_DATA


def _folder(*, base: Path | None = None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="slipway-tests-", dir=base))
    _folders.append(folder)
    return folder


def _start_postgres() -> Program:
    account = unprivileged()
    binaries = postgres.find(account=account)
    folder = _folder(base=_reachable_base() if account else None)
    if account:
        os.chown(folder, account.uid, account.gid)
    data = folder / "data"
    postgres.initialise(binaries, data=data, account=account)
    port = free_port()
    os.environ["DATABASE_URL"] = postgres.address(data=data, port=port)
    return _start(postgres.program(binaries, data=data, port=port, account=account, durable=False), log=folder / "log")


def _start_valkey() -> Program:
    folder = _folder()
    port = free_port()
    program = valkey.program(valkey.find(), folder=folder, port=port)
    os.environ["REDIS_URL"] = valkey.address(folder=folder, port=port)
    return _start(program, log=folder / "log")


def _start(program: Program, *, log: Path) -> Program:
    with log.open("wb") as output:
        _running.append((program, spawn(program, output=output)))
    return program


async def _all_ready(starting: list[Program]) -> None:
    for program, process in _running:
        if program not in starting:
            continue

        def gone(process: subprocess.Popen[bytes] = process) -> bool:
            return process.poll() is not None

        def pid(process: subprocess.Popen[bytes] = process) -> int:
            return process.pid

        if not await wait_until_ready(program, pid=pid, gone=gone, seconds=120):
            raise RuntimeError(f"The {program.name} of the tests did not start: {' '.join(program.argv)}")


def main(command: list[str]) -> int:
    """`python -m tests.services COMMAND …`: run a command while the servers are there; its exit code is ours."""
    try:
        ensure()
        return subprocess.run(command).returncode
    finally:
        stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
