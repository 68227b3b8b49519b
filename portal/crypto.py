"""Sealing of secrets at rest: AES-256-GCM under the keys in `SLIPWAY_KEYS`, bound to the row they belong to.

A sealed text is `v1.<key id>.<base64 of nonce and ciphertext>`. The first key seals, every key opens, so keys are
rotated by putting a new one in front. The key id is the first bytes of the key's SHA-256: it says nothing of the key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from portal.errors import PlatformError

NONCE_BYTES = 12
TAG_BYTES = 16


def seal(plain: bytes, *, context: str) -> str:
    """Encrypt `plain`. `context` names row and tenant; opening with another context fails."""
    key_id, key = _keys()[0]
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, plain, context.encode())
    return f"v1.{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def plain_length(sealed_length: int) -> int:
    """How many bytes were sealed, from the length of what `seal` returned; up to two too many, as base64 is padded."""
    return max(0, (sealed_length - len(f"v1.{sealing_key_id()}.")) * 3 // 4 - NONCE_BYTES - TAG_BYTES)


def unseal(sealed: str, *, context: str) -> bytes:
    """Decrypt what `seal` made with the same context. Raises PlatformError when key or context do not fit."""
    version, _, rest = sealed.partition(".")
    key_id, _, body = rest.partition(".")
    key = dict(_keys()).get(key_id)
    if version != "v1" or key is None:
        raise PlatformError("A stored secret was sealed with a key that is not in SLIPWAY_KEYS. Add that key back.")
    raw = base64.urlsafe_b64decode(body)
    try:
        return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode())
    except InvalidTag:
        raise PlatformError("A stored secret does not belong to the row it was read from.") from None


def reseal(sealed: str, *, context: str) -> str:
    """The same value under the key that seals now; unchanged when it is under that one already. Errors as `unseal`."""
    return sealed if key_id_of(sealed) == sealing_key_id() else seal(unseal(sealed, context=context), context=context)


def key_id_of(sealed: str) -> str:
    """The id of the key that a sealed text was made with."""
    return sealed.split(".", 2)[1]


def sealing_key_id() -> str:
    """The id of the first key, which seals from now on."""
    return _keys()[0][0]


def keyed_digest(data: bytes) -> str:
    """A digest that tells equal values from different ones without letting anyone guess them (HMAC-SHA-256, hex)."""
    _, key = _keys()[-1]
    return hmac.new(hashlib.sha256(b"digest" + key).digest(), data, hashlib.sha256).hexdigest()


def _keys() -> tuple[tuple[str, bytes], ...]:
    return _parse(tuple(settings.SLIPWAY_KEYS))


@lru_cache(maxsize=4)
def _parse(encoded: tuple[str, ...]) -> tuple[tuple[str, bytes], ...]:
    keys = []
    for text in encoded:
        try:
            key = base64.b64decode(text, validate=True)
        except binascii.Error:
            key = b""
        if len(key) != 32:
            raise PlatformError("Each key in SLIPWAY_KEYS has to be 32 bytes in base64.")
        keys.append((hashlib.sha256(key).hexdigest()[:8], key))
    if not keys:
        raise PlatformError("SLIPWAY_KEYS is empty. Set it to at least one key of 32 bytes in base64.")
    return tuple(keys)
