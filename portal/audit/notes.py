"""Signed checkpoints as text, pure: a signed note with the end of a chain, after C2SP's tlog-checkpoint.

    slipway.example/audit/platform          the origin: who keeps which log
    1234                                    the sequence of the last entry
    47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=    its hash
    2026-11-29T13:05:00.000000+00:00        when it was signed: an extension line, which older checkpoints do not have
                                            (an empty line)
    — slipway.example/audit/platform base64(key hash ‖ Ed25519 signature)

Signed is the text up to the empty line. Where C2SP has the root of a Merkle tree, here stands the hash of a hash chain.
The time tells what was signed after an export from what is missing in it.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
KEY_HASH = 4
DASH = "\N{EM DASH} "


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint says: the entry with this sequence of the log `origin` has this hash (hex).

    `at`: when that was signed, in ISO 8601; blank in a checkpoint that does not say so.
    """

    origin: str
    sequence: int
    hash: str
    at: str = ""

    @property
    def body(self) -> str:
        root = base64.b64encode(bytes.fromhex(self.hash)).decode()
        return f"{self.origin}\n{self.sequence}\n{root}\n" + (f"{self.at}\n" if self.at else "")


class BadCheckpoint(Exception):
    """A text that is no checkpoint, or that the key has not signed. The words say which."""


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The checkpoint as text, with one signature; the name of the key is the origin."""
    signature = _key_hash(checkpoint.origin, key.public_key()) + key.sign(checkpoint.body.encode())
    return f"{checkpoint.body}\n{DASH}{checkpoint.origin} {base64.b64encode(signature).decode()}\n"


def read(text: str, key: Ed25519PublicKey) -> Checkpoint:
    """What a checkpoint says, once a signature of this key in it was found good. Raises BadCheckpoint."""
    body, blank, signatures = text.partition("\n\n")
    lines = body.split("\n")
    try:
        origin, sequence, root = lines[:3]
        digest = base64.b64decode(root, validate=True)
        if not (blank and origin and len(digest) == 32 and sequence.isdecimal() and str(int(sequence)) == sequence):
            raise ValueError
    except ValueError:
        raise BadCheckpoint("is no checkpoint") from None
    wanted = _key_hash(origin, key)
    for line in signatures.splitlines():
        name, _space, encoded = line.removeprefix(DASH).rpartition(" ")
        try:
            signature = base64.b64decode(encoded, validate=True)
        except ValueError:
            continue
        if name == origin and line.startswith(DASH) and signature[:KEY_HASH] == wanted:
            try:
                key.verify(signature[KEY_HASH:], f"{body}\n".encode())
            except InvalidSignature:
                raise BadCheckpoint("has a signature that does not fit its text") from None
            return Checkpoint(origin, int(sequence), digest.hex(), at="".join(lines[3:4]))
    raise BadCheckpoint("is not signed by this key")


def public_text(key: Ed25519PublicKey) -> str:
    """The public key as verifiers take it: base64 of its kind (1, Ed25519) and its 32 bytes."""
    return base64.b64encode(ED25519 + key.public_bytes_raw()).decode()


def _key_hash(name: str, key: Ed25519PublicKey) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + key.public_bytes_raw()).digest()[:KEY_HASH]
