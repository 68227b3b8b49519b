"""An authenticator app, as somebody has it on a phone: it gets the secret, and shows a code for each half minute."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time

from django.test import Client

from tenants.accounts import factors
from tenants.models import User
from tests import cast


def code(secret: str, *, steps: int = 0) -> str:
    """The code of RFC 6238 now, or so many half minutes later."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    key = base64.b32decode(secret.replace(" ", ""))
    digest = hmac.new(key, counter, hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def paired(user: User) -> tuple[str, list[str]]:
    """Make an app the second factor of a person, with the code before the present one: its secret, recovery codes."""
    secret = factors.new_secret()
    codes = factors.add(user, secret=secret, code=code(secret, steps=-1), actor=cast.actor(user))
    assert codes is not None
    return secret, codes


def secret_on(page: str) -> str:
    """The secret that a page offers to an app."""
    found = re.search(r'id="secret"[^>]*>([A-Z2-7 ]+)<', page)
    assert found is not None
    return found[1]


def shown_codes(page: str) -> list[str]:
    """The recovery codes on a page."""
    return re.findall(r"<code>((?:[0-9a-f]{4}-){4}[0-9a-f]{4})</code>", page)


def is_signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200
