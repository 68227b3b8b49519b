"""The hash chain, pure: `hash = SHA-256(previous hash ‖ canonical JSON of the entry)`.

Canonical JSON has sorted keys, no spaces and UTF-8; times are ISO 8601 in UTC with microseconds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

HASHED = (
    "chain", "sequence", "at", "tenant_id", "tenant_name", "actor_id", "actor_name", "how", "token_id", "address",
    "request_id", "operation", "subject_kind", "subject_id", "subject_name", "version_before", "version_after",
    "input", "resolved", "diff", "result", "outcome", "reason", "note",
)  # fmt: skip


def canonical(fields: Mapping[str, Any]) -> bytes:
    """The bytes of an entry that are hashed. `fields` holds JSON values only, a key for each name in HASHED."""
    chosen = {name: fields[name] for name in HASHED}
    return json.dumps(chosen, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def link(previous_hash: str, fields: Mapping[str, Any]) -> str:
    """The hash of an entry that follows the one with `previous_hash` ("" for the first), in hex."""
    return hashlib.sha256(previous_hash.encode() + canonical(fields)).hexdigest()


def first_bad(
    entries: Iterable[Mapping[str, Any]],
    *,
    head_sequence: int,
    head_hash: str,
    signed: Mapping[int, str] = MappingProxyType({}),
    after: tuple[int, str] = (0, ""),
) -> tuple[int, str] | None:
    """The sequence number and reason of the first entry that does not fit, or None when the chain is whole.

    `entries` come in sequence order, each with the HASHED fields, `previous_hash` and `hash`. `signed` has the hashes
    that checkpoints vouch for, by sequence; `after` is sequence and hash of the entry before the first one. Found are
    entries that were edited, deleted, inserted, swapped, or cut off at the end; with checkpoints also where the chain
    was made anew, hashes and all, and where its head was cut with it.
    """
    expected, previous = after[0] + 1, after[1]
    try:
        for entry in entries:
            if entry["sequence"] != expected:
                return expected, "missing"
            if entry["previous_hash"] != previous:
                return expected, "does not follow the entry before it"
            if link(previous, entry) != entry["hash"]:
                return expected, "changed"
            if signed.get(expected, entry["hash"]) != entry["hash"]:
                return (
                    expected,
                    "not the one that a checkpoint vouches for: it, or one since the checkpoint before, changed",
                )
            expected, previous = expected + 1, entry["hash"]
    except (RecursionError, ValueError):  # too deep, or a number too long, to have been read when it was written
        return expected, "changed"
    if max(head_sequence, *signed, 0) > expected - 1 or head_sequence != expected - 1:
        return expected, "missing"
    return None if head_hash == previous else (expected - 1, "not the one the head names")
