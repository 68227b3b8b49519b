"""Who speaks: the administrator by a token from a file, service accounts by signed tokens that end by themselves."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..core import errors
from ..core.access import ADMIN, ANONYMOUS, User, service_account
from ..core.kinds import SERVICE_ACCOUNT
from ..core.objects import Object, key_of
from ..core.store import Store

ISSUER = "https://kubernetes.default.svc.cluster.local"
_LEEWAY = 60.0
"""How long a control plane still takes a token after its end, as clocks differ."""


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
    """The administrator's token, and JSON Web Tokens signed with a key made of it, so that they outlive the process."""

    def __init__(self, main: str, *, clock: Callable[[], float] = time.time) -> None:
        self._main = main.encode()
        self._key = hmac.digest(self._main, b"tokens of service accounts", hashlib.sha256)
        self._clock = clock

    def make(self, account: Object, *, seconds: int, audiences: list[str]) -> tuple[str, float]:
        """A token for a service account, and when it ends."""
        (namespace, name), uid = key_of(account), account["metadata"]["uid"]
        now = int(self._clock())
        claims = {
            "aud": audiences,
            "exp": now + seconds,
            "iat": now,
            "iss": ISSUER,
            "jti": secrets.token_hex(16),
            "kubernetes.io": {"namespace": namespace, "serviceaccount": {"name": name, "uid": uid}},
            "nbf": now,
            "sub": f"system:serviceaccount:{namespace}:{name}",
        }
        signed = f"{_part({'alg': 'HS256'})}.{_part(claims)}"
        return f"{signed}.{self._signature(signed)}", float(now + seconds)

    def _signature(self, signed: str) -> str:
        return _text(hmac.digest(self._key, signed.encode(), hashlib.sha256))

    def is_admin(self, header: str) -> bool:
        """Whether an ``Authorization`` header brings the administrator's token."""
        return hmac.compare_digest(_token(header).encode(), self._main)

    def user(self, header: str, store: Store) -> User:
        """Who an ``Authorization`` header speaks for; 401 when it brings a token that is not good (any more)."""
        token = _token(header)
        if not token:
            return ANONYMOUS
        if self.is_admin(header):
            return ADMIN
        claims = self._claims(token)
        if claims is None or claims["exp"] + _LEEWAY <= self._clock() or ISSUER not in claims["aud"]:
            raise errors.unauthorized()
        named = claims["kubernetes.io"]
        namespace, row = named["namespace"], named["serviceaccount"]
        account = store.get(SERVICE_ACCOUNT, namespace, row["name"])
        if account is None or account["metadata"]["uid"] != row["uid"]:
            raise errors.unauthorized()
        return service_account(namespace, row["name"], uid=row["uid"])

    def _claims(self, token: str) -> dict[str, Any] | None:
        """What a token says, when it is one of ours."""
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(signed).encode()):
            return None
        body = signed.partition(".")[2]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return claims


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _part(value: dict[str, Any]) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _token(header: str) -> str:
    """The token of a header. kubectl sends none over plain HTTP, but it does send the password of an address."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        with suppress(ValueError):
            return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
    return ""
