"""Signing the end of every chain that has grown, and handing the checkpoints to what copies them out of the database.

A chain that no longer holds what its last checkpoint vouches for, or whose entries since then do not verify, is not
signed again: that would whitewash it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from portal import outbox
from portal.audit import notes
from portal.audit.chain import first_bad
from portal.audit.models import AuditCheckpoint, AuditEntry, AuditHead
from portal.audit.recording import as_fields
from portal.errors import PlatformError
from portal.spelling import for_terminal

COPY_TO_FILE = "audit.copy.file"
COPY_TO_HTTP = "audit.copy.http"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('audit checkpoints'))"


@dataclass
class Made:
    """What came of it: the new checkpoints, and the chains that were not signed, with the reason."""

    checkpoints: list[AuditCheckpoint] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def make(now: datetime) -> Made:
    """Sign what has grown since its last checkpoint. Raises PlatformError without a usable key."""
    key, made = signing_key(), Made()
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME)
    last = AuditCheckpoint.objects.filter(chain=OuterRef("chain")).order_by("-sequence")
    heads = AuditHead.objects.annotate(signed=Coalesce(Subquery(last.values("sequence")[:1]), 0))
    for head in heads.exclude(sequence=0).order_by("chain"):
        if reason := _doubt(head, _last(head.chain)):
            made.refused[head.chain] = reason
        elif head.sequence > head.signed:
            # After the head was read: what was exported before this moment holds the entry.
            at = timezone.now().isoformat(timespec="microseconds")
            text = notes.sign(notes.Checkpoint(origin_of(head.chain), head.sequence, head.hash, at), key)
            row = AuditCheckpoint(chain=head.chain, sequence=head.sequence, hash=head.hash, text=text, at=now)
            row.save(force_insert=True)
            made.checkpoints.append(row)
            for kind in sinks():
                outbox.add(kind, {"checkpoint": row.pk})
    return made


def sinks() -> Iterator[str]:
    """The kinds of outbox rows that copy a checkpoint to where this installation wants it."""
    if settings.SLIPWAY_AUDIT_FOLDER:
        yield COPY_TO_FILE
    if settings.SLIPWAY_AUDIT_URL:
        yield COPY_TO_HTTP


def signing_key() -> Ed25519PrivateKey:
    """The key of SLIPWAY_AUDIT_KEY. Raises PlatformError with what to do when it is missing or no key."""
    try:
        seed = base64.b64decode(settings.SLIPWAY_AUDIT_KEY, validate=True)
    except binascii.Error:
        seed = b""
    if len(seed) != 32:
        raise PlatformError("SLIPWAY_AUDIT_KEY has to be 32 random bytes in base64; it signs the audit log.")
    return Ed25519PrivateKey.from_private_bytes(seed)


def origin_of(chain: str) -> str:
    """The name of a chain in its checkpoints."""
    return f"{settings.SLIPWAY_AUDIT_ORIGIN}/{chain}"


def file_name(checkpoint: AuditCheckpoint) -> str:
    """The name of its file; those of one chain sort by sequence."""
    return f"{checkpoint.chain}.{checkpoint.sequence:012}.checkpoint"


def read_folder(folder: Path) -> tuple[dict[str, dict[int, str]], list[str]]:
    """The hashes that the checkpoints in a folder vouch for, by chain and sequence, and what is wrong with others."""
    key, found, wrong = signing_key().public_key(), dict[str, dict[int, str]](), list[str]()
    for file in sorted(folder.glob("*.checkpoint")):
        try:
            checkpoint = notes.read(file.read_text(encoding="utf-8"), key)
        except (notes.BadCheckpoint, UnicodeDecodeError) as error:
            wrong.append(
                f"{for_terminal(file.name)} {error if isinstance(error, notes.BadCheckpoint) else 'is no checkpoint'}"
            )
            continue
        origin, _slash, chain = checkpoint.origin.rpartition("/")
        if origin != settings.SLIPWAY_AUDIT_ORIGIN:
            wrong.append(f"{for_terminal(file.name)} is of another log, {for_terminal(checkpoint.origin)}")
        else:
            found.setdefault(chain, {})[checkpoint.sequence] = checkpoint.hash
    return found, wrong


def _last(chain: str) -> tuple[int, str]:
    """Sequence and hash of what the last checkpoint of a chain vouches for; (0, "") when there is none."""
    rows = AuditCheckpoint.objects.filter(chain=chain).order_by("-sequence")
    return rows.values_list("sequence", "hash").first() or (0, "")


def _doubt(head: AuditHead, last: tuple[int, str]) -> str:
    """Why a chain is not what it should be since its last checkpoint; empty when it is."""
    sequence, digest = last
    entries = AuditEntry.objects.filter(chain=head.chain)
    if sequence and not entries.filter(sequence=sequence, hash=digest).exists():
        return f"entry {sequence} is not the one it was"
    since = entries.filter(sequence__gt=sequence, sequence__lte=head.sequence).order_by("sequence")
    found = first_bad(
        (as_fields(entry) for entry in since.iterator(chunk_size=2000)),
        head_sequence=head.sequence,
        head_hash=head.hash,
        after=last,
    )
    return f"entry {found[0]} is {found[1]}" if found else ""
