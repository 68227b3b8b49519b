"""The data folder of an installation: its lock, its `env` file, where the database lives."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from portal.local import postgres
from portal.local.account import Account
from portal.local.problem import LocalProblem
from portal.local.program import free_port

_EMBEDDED = "SLIPWAY_EMBEDDED"


@dataclass
class Home:
    """An opened data folder; nobody else can open it until this process ends."""

    path: Path
    lock: IO[str] = field(repr=False)
    values: dict[str, str] = field(default_factory=dict, repr=False)

    def folder(self, *names: str) -> Path:
        """A private folder inside, made when it is missing."""
        folder = self.path.joinpath(*names)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def port(self, name: str) -> int:
        """A free port for one of our servers: that of its last start if possible, so that addresses stay right."""
        file = self.path / "ports.json"
        ports = json.loads(file.read_text(encoding="ascii")) if file.exists() else {}
        ports[name] = free_port(prefer=ports.get(name))
        write_private(file, json.dumps(ports))
        return int(ports[name])

    def given(self, key: str) -> str | None:
        """DATABASE_URL or REDIS_URL when a person named a server; None when it is for us to start one.

        What an earlier start wrote into the `env` file about a server of ours does not count as given.
        """
        value = os.environ.get(key)
        ours = key in self.values.get(_EMBEDDED, "").split(",") and value == self.values.get(key)
        return None if ours else value or None

    def write_environment(self, addresses: dict[str, str], *, embedded: set[str]) -> dict[str, str]:
        """Write the `env` file that every process of this installation reads, and return what it says."""
        self.values = {
            "SECRET_KEY": self._kept("SECRET_KEY") or secrets.token_urlsafe(48),
            "SLIPWAY_KEYS": self._kept("SLIPWAY_KEYS") or base64.b64encode(secrets.token_bytes(32)).decode(),
            "SLIPWAY_AUDIT_KEY": self._kept("SLIPWAY_AUDIT_KEY") or base64.b64encode(secrets.token_bytes(32)).decode(),
            "SLIPWAY_AUDIT_FOLDER": self._kept("SLIPWAY_AUDIT_FOLDER") or str(self.path / "checkpoints"),
            # On the loopback address, where nothing but this machine can listen in.
            "HTTPS": "0",
            "SLIPWAY_CLUSTER_SERVERS_ALLOWED": "127.0.0.1",
            **addresses,
            _EMBEDDED: ",".join(sorted(embedded)),
        }
        write_private(self.path / "env", "".join(f"{key}={value}\n" for key, value in self.values.items()))
        return self.values

    def database_folder(self, account: Account | None, *, say: Callable[[str], None]) -> Path:
        """The folder beside the data of PostgreSQL; it belongs to the account that runs it."""
        if account is None:
            return self.folder("postgres")
        postgres.make_root_data()
        folder = root_database_folder(self.path)
        owner = folder / "home"
        mark = f"{self.path}\n{self._identity()}\n"
        if folder.exists() and not (owner.exists() and owner.read_text(encoding="utf-8") == mark):
            # The keys of that database went with the folder they were in; kept all the same, deleting is for people.
            aside = folder.rename(folder.with_name(f"{folder.name}.{time.strftime('%Y%m%d-%H%M%S')}"))
            say(f"The database of an earlier data folder at this place is now {aside}; remove it if nobody needs it.")
        if not folder.exists():
            unfinished = folder.with_name(f"{folder.name}.new")
            unfinished.mkdir(mode=0o700, exist_ok=True)
            (unfinished / "home").write_text(mark, encoding="utf-8")
            os.chown(unfinished, account.uid, account.gid)
            unfinished.rename(folder)
        return folder

    def _kept(self, key: str) -> str | None:
        return os.environ.get(key) or self.values.get(key)

    def _identity(self) -> str:
        file = self.path / "id"
        if not file.exists():
            write_private(file, secrets.token_hex(16))
        return file.read_text(encoding="ascii")


def open_home(path: Path) -> Home:
    """Make the folder when it is missing and lock it. Raises LocalProblem when it is in use or cannot be written."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (path / "lock").open("a+", encoding="ascii")
    except OSError as error:
        # Of a folder that cannot be made the system says that it is not there, which helps nobody.
        problem = f"written ({error.strerror})" if path.is_dir() else f"made in {path.parent}"
        if path.is_file():
            raise LocalProblem(
                f"{path} is a file, and the data folder has to be a folder. Choose another place: "
                "SLIPWAY_HOME=~/slipway-data make run"
            ) from error
        raise LocalProblem(
            f"The data folder {path} cannot be {problem}. Choose another one: SLIPWAY_HOME=~/slipway-data make run"
        ) from error
    _hold(lock, path)
    return Home(path, lock, read_environment(path / "env"))


def refuse_second(path: Path) -> None:
    """Raises LocalProblem when a Slipway runs on this folder already. Makes nothing."""
    if os.access(path / "lock", os.W_OK):
        with (path / "lock").open("a+", encoding="ascii") as lock:
            _hold(lock, path)


def _hold(lock: IO[str], path: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise LocalProblem(
            f"Slipway is already running on the data folder {path}. Stop it first (Ctrl-C where it runs), "
            "or start a second one beside it: SLIPWAY_HOME=.slipway-2 PORT=8001 make run"
        ) from error


def root_database_folder(home: Path) -> Path:
    """Where the database of a data folder lives when we are root."""
    return postgres.ROOT_DATA / hashlib.sha256(str(home).encode()).hexdigest()[:16]


def read_environment(file: Path) -> dict[str, str]:
    """The `KEY=value` lines of an `env` file; empty when there is none."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.partition("=") for line in lines if not line.startswith("#"))
    return {key.strip(): value.strip() for key, separator, value in pairs if separator}


def write_private(file: Path, text: str) -> None:
    """Replace a file at once, so that no reader sees half of it; only we can read it."""
    unfinished = file.with_name(f"{file.name}.new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        opened.write(text)
    unfinished.replace(file)
