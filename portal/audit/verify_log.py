#!/usr/bin/env python3
"""Verifies an export of Slipway's audit log, without Slipway: what an auditor runs on a machine of their own.

    python verify_log.py export.jsonl [--checkpoints FOLDER] [--key BASE64] [--chain NAME]

It needs Python alone; signatures are checked where the package `cryptography` is installed, and it says when not. The
export has to be whole (not filtered): a chain that checkpoints know and the export lacks is named. The export of one
tenant says so with `--chain`, the id that the names of its checkpoints begin with. FOLDER holds the checkpoints that
were copied out of the database, `--key` is what `manage.py audit key` prints. Of every chain the first bad entry is
named; the exit code is 0 when all are whole, 1 when one is not, 2 when the files cannot be read or hold nothing. An
export ends with the entry that says who made it; what was signed after that is counted, and vouches for nothing. Who
cuts off an end can write such an entry, too: where it counts, its time is printed, for whoever knows the right one. A
name that could pass for something else on a terminal is printed in quotes, with what is not seen of it as numbers. On
purpose it shares no code with Slipway, which it judges.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

HASHED = (
    "chain", "sequence", "at", "tenant_id", "tenant_name", "actor_id", "actor_name", "how", "token_id", "address",
    "request_id", "operation", "subject_kind", "subject_id", "subject_name", "version_before", "version_after",
    "input", "resolved", "diff", "result", "outcome", "reason", "note",
)  # fmt: skip
FIELDS = {*HASHED, "previous_hash", "hash"}
DASH = "\N{EM DASH} "
PLATFORM = "platform"
"""The chain of what is done for no single tenant, as the export of all chains is."""


@dataclass
class Chain:
    """One chain while its entries pass by."""

    signed: dict[int, str] = field(default_factory=dict)
    times: dict[int, datetime] = field(default_factory=dict)  # when these were signed, where a checkpoint says so
    entries: int = 0
    hash: str = ""
    name: str = ""
    bad: str = ""
    last: dict[str, Any] = field(default_factory=dict)

    def take(self, entry: dict[str, Any], wrong: str) -> None:
        """Look at the next entry; nothing more is looked at behind a bad one. `wrong` is what no hash tells of it."""
        if self.bad:
            return
        number, found = self.entries + 1, entry.get("sequence")
        if isinstance(found, int) and 1 <= found <= self.entries:
            self.bad = f"entry {found} is there again behind entry {self.entries}: a copy of it, or one put in"
        elif found != number:
            self.bad = f"entry {number} is missing"
        elif wrong:
            self.bad = f"entry {number} {wrong}"
        elif entry.get("previous_hash") != self.hash:
            self.bad = f"entry {number} does not follow the entry before it"
        elif link(self.hash, entry) != entry.get("hash"):
            self.bad = f"entry {number} is changed"
        elif self.signed.get(number, entry["hash"]) != entry["hash"]:
            before = max((one for one in self.signed if one < number), default=0)
            self.bad = (
                f"entry {number} is not the one that was signed: one of the entries {before + 1} to {number} changed"
            )
        else:
            self.entries, self.hash, self.last = number, entry["hash"], entry
            self.name = entry.get("tenant_name") or self.name

    def forget_later(self, exported: datetime) -> int:
        """Leave out what was signed after the export, of entries that it cannot have; how much that is."""
        late = [number for number, at in self.times.items() if number > self.entries and at > exported]
        for number in late:
            del self.signed[number]
        return len(late)

    def end(self) -> str:
        """What is wrong with the chain; empty when it is whole."""
        if not self.bad and max(self.signed, default=0) > self.entries:
            return f"entry {self.entries + 1} is missing: a checkpoint was signed for entry {max(self.signed)}"
        return self.bad

    def exported(self) -> datetime | None:
        """When all of the log was exported, by the last entry; None where that is none of a whole export."""
        if self.bad or self.last.get("operation") != "audit.export" or self.last.get("input") != {"as": "jsonl"}:
            return None
        return moment(str(self.last["at"]))

    def absent(self) -> str:
        """What to say of a chain of which the export has nothing."""
        last = f", and a checkpoint was signed for entry {max(self.signed)}" if self.signed else ""
        return f"not in the export{last}; for the export of another chain alone give --chain"


def link(previous: str, entry: dict[str, Any]) -> str:
    """SHA-256 of the hash before and the entry as canonical JSON; "" for what cannot be written as that."""
    fields = {name: entry.get(name) for name in HASHED}
    try:
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except RecursionError:
        return ""
    # Half a character (a lone surrogate) is in no log, so it only has to give another hash.
    return hashlib.sha256((previous + text).encode("utf-8", "surrogatepass")).hexdigest()


def moment(text: str) -> datetime | None:
    """A time with its zone in ISO 8601; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def named(text: object) -> str:
    """A name as it is printed: in quotes where it is not one of the plain names that chains, tenants and files have."""
    return str(text) if re.fullmatch(r"[\w./@+-]+", str(text), re.ASCII) else ascii(text)


def entries_of(file: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """The entries of an export, one line at a time, each with what is wrong with its names, or "".

    Raises ValueError with the line that is none.
    """
    with file.open("rb") as lines:  # decoded line by line, so that the one that cannot be is known
        for number, line in enumerate(lines, start=1):
            names: list[str] = []
            try:
                entry = json.loads(line.decode("utf-8"), object_pairs_hook=partial(_once, names))
                if not isinstance(entry, dict) or not isinstance(entry["chain"], str):
                    raise ValueError
            except (ValueError, KeyError, RecursionError):  # the last: lists in lists in lists
                raise ValueError(f"Line {number} of {named(file)} is no entry of the log.") from None
            yield entry, wrong_names(entry, names)


def wrong_names(entry: dict[str, Any], doubled: list[str]) -> str:
    """What is said in an entry that its hash does not cover: a reader would believe it all the same."""
    if doubled:
        return f"has {', '.join(map(repr, doubled))} twice, so that readers may take either value"
    if added := sorted(entry.keys() - FIELDS):
        return f"has something added that is no part of the log: {', '.join(map(repr, added))}"
    if lacks := sorted(FIELDS - entry.keys()):
        return f"lacks {', '.join(map(repr, lacks))}"
    return ""


def _once(doubled: list[str], pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; names that it has twice are added to `doubled`."""
    found = dict(pairs)
    doubled += [name for name in found if sum(name == one for one, _value in pairs) > 1]
    return found


def checkpoints_in(folder: Path, key: bytes | None) -> Iterator[tuple[str, int, str, datetime | None]]:
    """(chain, sequence, hash in hex, when it was signed) of every checkpoint. Raises ValueError for what is none, or
    not signed, and where there are none at all: that none is contradicted would say nothing.
    """
    files = sorted(folder.glob("*.checkpoint")) if folder.is_dir() else []
    if not files:
        there = "There is no checkpoint in" if folder.is_dir() else "There is no folder"
        raise ValueError(f"{there} {named(folder)}, so nothing was verified.")
    for file in files:
        try:
            body, blank, signatures = file.read_text(encoding="utf-8").partition("\n\n")
            origin, sequence, root, *more = body.split("\n")
            digest = base64.b64decode(root, validate=True)
            if not blank or len(digest) != 32:
                raise ValueError
            found = (origin.rpartition("/")[2], int(sequence), digest.hex(), moment("".join(more[:1])))
        except ValueError:
            raise ValueError(f"{named(file)} is no checkpoint.") from None
        if key is not None and not is_signed(origin, f"{body}\n".encode(), signatures, key):
            raise ValueError(f"{named(file)} is not signed by this key.")
        yield found


def is_signed(origin: str, body: bytes, signatures: str, key: bytes) -> bool:
    """Whether one of the signature lines is the key's, and good."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    wanted = hashlib.sha256(origin.encode() + b"\n" + key).digest()[:4]
    for line in signatures.splitlines():
        name, _space, encoded = line.removeprefix(DASH).rpartition(" ")
        try:
            signature = base64.b64decode(encoded, validate=True)
            if name == origin and signature[:4] == wanted:
                Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[4:], body)
                return True
        except (ValueError, InvalidSignature):
            continue
    return False


def usable_key(text: str | None) -> tuple[bytes | None, str]:
    """The key to check signatures with, or None and why they are not checked. Raises ValueError for what is no key."""
    if not text:
        return None, "Signatures were not checked: give --key."
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != 33 or key[0] != 1:
        raise ValueError("--key has to be what `manage.py audit key` prints.")
    try:
        import cryptography
    except ImportError:
        return None, "Signatures were not checked: the Python package cryptography is not installed."
    assert cryptography
    return key, ""


def main(arguments: list[str]) -> int:
    """Verify, print a line per chain, and return the exit code."""
    parser = argparse.ArgumentParser(description="Verify an export of Slipway's audit log.")
    parser.add_argument("export", type=Path, help="the log as JSONL")
    parser.add_argument("--checkpoints", type=Path, metavar="FOLDER", help="checkpoints kept outside the database")
    parser.add_argument("--key", metavar="BASE64", help="the public key of the checkpoints")
    parser.add_argument("--chain", metavar="NAME", help="the one chain that is exported: a tenant's id, or platform")
    given = parser.parse_args(arguments)
    chains: dict[str, Chain] = {}
    try:
        key, unchecked = usable_key(given.key)
        if given.checkpoints:
            for name, sequence, digest, at in checkpoints_in(given.checkpoints, key):
                chain = chains.setdefault(name, Chain())
                chain.signed[sequence] = digest
                if at:
                    chain.times[sequence] = at
        exported = set()
        for entry, wrong in entries_of(given.export):
            exported.add(entry["chain"])
            chains.setdefault(entry["chain"], Chain()).take(entry, wrong)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if given.chain:  # the folder may have checkpoints of all
        chains.setdefault(given.chain, Chain())
        chains = {name: chain for name, chain in chains.items() if name == given.chain or name in exported}
    if not chains:
        sys.stderr.write(f"There is no entry in {named(given.export)}, so nothing was verified.\n")
        return 2
    bad = told(chains, exported)
    if given.checkpoints and unchecked:
        sys.stdout.write(f"{unchecked}\n")
    return int(bad)


def told(chains: dict[str, Chain], exported: set[str]) -> bool:
    """Print a line per chain, and when the export was made where that matters; whether one of them is bad.

    `exported`: the chains of which the export has an entry. When it was made is told by the last entry of the one
    chain, or of the platform's where there are many.
    """
    by = PLATFORM if PLATFORM in exported else min(exported) if len(exported) == 1 else ""
    made, bad, all_late = chains[by].exported() if by else None, False, 0
    for name, chain in sorted(chains.items()):
        late = chain.forget_later(made) if made else 0
        all_late += late
        if late and not chain.entries and not chain.signed:
            said = "not in the export, and not signed before it was made"
        else:
            wrong = chain.end() if name in exported else chain.absent()
            bad = bad or bool(wrong)
            said = wrong or f"{chain.entries} entries, whole, {len(chain.signed)} checkpoints fit"
            said += f", {late} signed later" if late and not wrong else ""
        sys.stdout.write(f"{named(name)}: {said}" + (f" ({named(chain.name)})\n" if chain.name else "\n"))
    if made and all_late:
        who = named(chains[by].last.get("actor_name"))
        sys.stdout.write(
            f"By its last entry, {who} made this export at {made}. If it is from later, its end is cut off.\n"
        )
    return bad


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
