"""A whole Slipway as `make run` starts it, for tests that drive it from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from portal.local.program import free_port
from portal.local.stack import ROOT
from tests import services

_OURS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SLIPWAY_KEYS", "HTTPS", "ALLOWED_HOSTS", "DJANGO_SETTINGS_MODULE")
_READY = "Slipway is ready:"


@dataclass
class RunningStack:
    """Where it answers, where its data is, who can sign in (`{user: password}`), and what it has said so far."""

    url: str
    home: Path
    process: subprocess.Popen[str]
    logins: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def pid(self, name: str) -> int:
        """The process id of `web`, `worker`, `agent`, `clock`, `postgres`, `valkey`, `cluster-north` …"""
        return int((self.home / "run" / f"{name}.pid").read_text(encoding="ascii"))

    def log(self, name: str) -> str:
        """What one process has written so far."""
        return (self.home / "logs" / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def environment(self) -> dict[str, str]:
        """The environment for a `manage.py` command that works on this stack."""
        return _clean_environment() | {"SLIPWAY_HOME": str(self.home)}


@contextmanager
def running_stack(home: Path, *, seconds: float = 120, keep_database: bool = False) -> Iterator[RunningStack]:
    """Start everything, yield when the page answers, stop it with SIGTERM and see that no process is left.

    `keep_database` leaves the database of a start as root where it is, for a second start on the same home.
    """
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "portal.local"],
        cwd=ROOT,
        env=_clean_environment() | {"SLIPWAY_HOME": str(home), "PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    stack = RunningStack(f"http://127.0.0.1:{port}", home, process)
    ready = threading.Event()
    reader = threading.Thread(target=_read, args=(stack, ready), daemon=True)
    reader.start()
    try:
        if not ready.wait(seconds) or process.poll() is not None:
            raise AssertionError(f"Slipway did not start within {seconds:.0f} s:\n" + "\n".join(stack.said))
        stack.logins = _logins(home / "logins")
        yield stack
    finally:
        pids = {file.stem: int(file.read_text(encoding="ascii")) for file in home.glob("run/*.pid")}
        process.send_signal(signal.SIGTERM)
        try:
            code: int | None = process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        reader.join(5)
        left = processes_of(home) + [name for name, pid in pids.items() if Path(f"/proc/{pid}").exists()]
        if not keep_database:
            services.remove_root_data(home)
    assert code == 0, f"Slipway ended with exit code {code}:\n" + "\n".join(stack.said[-20:])
    assert not left, f"Processes were left running: {left}"


def processes_of(home: Path) -> list[str]:
    """Command lines of the processes that belong to a data folder, except this one."""
    mark = f"SLIPWAY_HOME={home}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int(folder.name) != os.getpid() and mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:  # it ended meanwhile, or belongs to somebody else
            continue
    return found


def _clean_environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key not in _OURS}


def _read(stack: RunningStack, ready: threading.Event) -> None:
    assert stack.process.stdout
    for line in stack.process.stdout:
        stack.said.append(line.rstrip())
        if _READY in line:
            ready.set()
    ready.set()  # it ended


def _logins(file: Path) -> dict[str, str]:
    """Lines of the form `login <user> <password> <role>`."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return {parts[1]: parts[2] for line in lines if len(parts := line.split()) >= 3}
