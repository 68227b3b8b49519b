"""Who may speak: bearer tokens from a file, and short-lived ones made for service accounts."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path


def read_or_make(path: Path) -> str:
    """The first token in a file; a new file, readable by its owner alone, when there is none."""
    if path.exists():
        words = path.read_text().split()
        if words:
            return words[0]
        raise SystemExit(f"The token file {path} is empty. Write a token into it, or remove it to have one made.")
    path.parent.mkdir(parents=True, exist_ok=True)
    token = secrets.token_urlsafe(32)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token + "\n")
    return token


class Tokens:
    """The main token, and those made since, which end by themselves."""

    def __init__(self, main: str) -> None:
        self._main = main.encode()
        self._made: dict[str, float] = {}

    def make(self, *, seconds: float) -> str:
        now = time.time()
        self._made = {token: end for token, end in self._made.items() if end > now}
        token = "sa." + secrets.token_urlsafe(32)
        self._made[token] = now + seconds
        return token

    def allows(self, header: str, *, main_only: bool = False) -> bool:
        """Whether an ``Authorization`` header names a token that is good now."""
        token = _token(header)
        if hmac.compare_digest(token.encode(), self._main):
            return True
        return not main_only and self._made.get(token, 0.0) > time.time()


def _token(header: str) -> str:
    """The token of a header. kubectl sends none over plain HTTP, but it does send the password of an address."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        with suppress(binascii.Error, UnicodeDecodeError):
            return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
    return ""
