"""A whole Slipway as `make run` starts it, for tests that drive it from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from portal.local import postgres
from portal.local.home import root_database_folder
from portal.local.program import free_port
from portal.local.stack import ROOT
from tests import services
from tests.browser.waiting import until

_OURS = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "SLIPWAY_KEYS",
    "SLIPWAY_AUDIT_KEY",
    "HTTPS",
    "ALLOWED_HOSTS",
    "DJANGO_SETTINGS_MODULE",
)
_READY = "Slipway is ready:"


class Stack:
    """Started, stopped and started again on one data folder; on a port of its own.

    `logins` says who can sign in (`{user: password}`), `said` what has come on the terminal since the last start.
    """

    PROGRAM = ("-m", "portal.local")

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.logins: dict[str, str] = {}
        self.said: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def start(self, *, seconds: float = 300) -> None:
        """Start everything; returns when the address has been printed. Raises AssertionError with what was said."""
        self.said.clear()
        self._process = subprocess.Popen(
            [sys.executable, *self.PROGRAM],
            cwd=ROOT,
            env=_clean_environment() | self.environment() | {"SLIPWAY_HOME": str(self.home), "PORT": str(self.port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        ready = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(self._process, ready), daemon=True)
        self._reader.start()
        if not ready.wait(seconds) or self._process.poll() is not None:
            words = "\n".join(self.said)
            self.end()
            raise AssertionError(f"Slipway did not start within {seconds:.0f} s:\n{words}")
        logins = self.home / "logins"
        lines = logins.read_text(encoding="utf-8").splitlines() if logins.exists() else []
        self.logins = {parts[1]: parts[2] for line in lines if len(parts := line.split()) >= 3}

    def environment(self) -> dict[str, str]:
        """What its processes find in their environment beside the usual."""
        return {}

    def connect(self, *, as_owner: bool = False) -> None:
        """Set Django up on the database and the keys of this installation, in this process.

        `as_owner`: as the role that owns the tables, for what its processes may not do.
        """
        import django

        for key in _OURS:
            os.environ.pop(key, None)
        os.environ |= {"SLIPWAY_HOME": str(self.home), "DJANGO_SETTINGS_MODULE": "portal.settings"}
        os.environ |= {"LOG_LEVEL": "ERROR", "ALLOWED_HOSTS": "127.0.0.1,testserver"}
        if as_owner:
            os.environ["DATABASE_URL"] = self._address_of_owner()
        django.setup()

    def _address_of_owner(self) -> str:
        outside = root_database_folder(self.home)
        folder = outside if outside.exists() else self.home / "postgres"
        ports = json.loads((self.home / "ports.json").read_text(encoding="ascii"))
        return postgres.address(data=folder / "data", port=ports["postgres"])

    def stop(self) -> int:
        """Ask it to end, as Ctrl-C and SIGTERM do, and wait until it has; returns its exit code."""
        assert self._process and self._reader
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(90)
        self._reader.join(30)
        return code

    def end(self) -> None:
        """See that nothing of it is left, however it is now."""
        if self._process and self._process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        services.remove_root_data(self.home)

    def pids(self) -> dict[str, int]:
        """The process ids of everything it runs: `web`, `worker`, `agent`, `clock`, `postgres`, `cluster-north` …"""
        found = {}
        for file in self.home.glob("run/*.pid"):
            with suppress(OSError, ValueError):  # one that has just ended, or is just being written down
                found[file.stem] = int(file.read_text(encoding="ascii"))
        return found

    def kill(self, name: str) -> None:
        """End one process without a chance to tidy up, and wait until the supervisor has started another one."""
        pid = self.pids()[name]
        os.kill(pid, signal.SIGKILL)
        until(lambda: self.pids().get(name, pid) != pid, what=f"{name} is started again")

    def ports(self) -> list[int]:
        """Every port it listens on."""
        return [self.port, *json.loads((self.home / "ports.json").read_text(encoding="ascii")).values()]

    def manage(self, *arguments: str) -> str:
        """What a `manage.py` command prints on this installation. Raises AssertionError with its error."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            cwd=ROOT,
            env=_clean_environment() | {"SLIPWAY_HOME": str(self.home)},
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def log(self, name: str) -> str:
        """What one process has written so far."""
        return (self.home / "logs" / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def _read(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stdout
        for line in process.stdout:
            self.said.append(line.rstrip())
            if _READY in line:
                ready.set()
        ready.set()  # it ended


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
