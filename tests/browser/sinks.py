"""Places in which something could be found that does not belong there, read as whoever broke in would read them."""

from __future__ import annotations

import base64
import os
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
import redis

_TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""


def found_in(said: bytes, secrets: Mapping[str, str]) -> list[str]:
    """Names of the secrets that occur, as they are, in hexadecimal digits, or inside of what is in base64.

    PostgreSQL writes binary columns in hexadecimal digits, Celery and Django pack what they store into base64.
    """
    return [name for name, secret in secrets.items() if any(form in said for form in _forms(secret.encode()))]


def _forms(secret: bytes) -> list[bytes]:
    # Three bytes make four letters, so that what is inside looks different at each of three beginnings; a letter that
    # holds something of what stands before or after it is left out.
    packed = [base64.b64encode(b"\0" * at + secret) for at in range(3)]
    inside = [text[(at * 4 + 2) // 3 : (at + len(secret)) * 4 // 3] for at, text in enumerate(packed)]
    return [secret, secret.hex().encode(), *inside, *(text.translate(_URL_SAFE) for text in inside)]


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def database(url: str) -> bytes:
    """Every row of every table, as `pg_dump` copies them out."""
    said = []
    with psycopg.connect(url) as connection:
        for (table,) in connection.execute(_TABLES).fetchall():
            said.append(f"\n{table}\n".encode())
            with connection.cursor().copy(f"COPY {table} TO STDOUT") as rows:
                said += [bytes(row) for row in rows]
    return b"".join(said)


def valkey(url: str) -> bytes:
    """Every key of every database with what is in it, as its type has it and as `DUMP` does."""
    said = []
    readers: dict[bytes, Any] = {
        b"string": lambda server, key: server.get(key),
        b"list": lambda server, key: server.lrange(key, 0, -1),
        b"set": lambda server, key: server.smembers(key),
        b"zset": lambda server, key: server.zrange(key, 0, -1, withscores=True),
        b"hash": lambda server, key: server.hgetall(key),
        b"stream": lambda server, key: server.xrange(key),
    }
    with redis.Redis.from_url(url) as server:
        numbers = [int(name.removeprefix("db")) for name in server.info("keyspace")]
    for number in numbers:
        with redis.Redis.from_url(url, db=number) as server:
            for key in server.scan_iter():
                kind = server.type(key)
                # Gone meanwhile: what was in it has passed by the wire tap.
                read = readers[kind](server, key) if kind in readers else None
                said.append(b"%s %r %r\n" % (key, read, server.dump(key)))
    return b"".join(said)


class WireTap:
    """Everything that any process sends to Valkey while this is open, messages that are never stored included."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname or "", parts.port or 0))
        self._socket.sendall(f"AUTH {unquote(parts.password or '')}\r\nMONITOR\r\n".encode())
        self._heard: list[bytes] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def heard(self) -> bytes:
        return b"".join(self._heard)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(30)
        self._socket.close()

    def _listen(self) -> None:
        while part := self._socket.recv(65536):
            self._heard.append(part)


def files(folder: Path, *, apart_from: tuple[str, ...]) -> bytes:
    """Every file below a folder but those whose path begins so, with its name."""
    said = []
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if file.is_file() and not name.startswith(apart_from):
            said.append(name.encode() + b"\n" + file.read_bytes())
    return b"\n".join(said)


def command_lines(home: Path) -> bytes:
    """What every process of an installation was started with, which all users of the machine may read."""
    said = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int(folder.name) != os.getpid() and f"SLIPWAY_HOME={home}".encode() in (folder / "environ").read_bytes():
                said.append((folder / "cmdline").read_bytes())
        except OSError:  # it ended meanwhile, or belongs to somebody else
            continue
    return b"\n".join(said)
