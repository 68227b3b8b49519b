"""The four kinds of operations."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """SPEC: a new value of the spec, a revision, waits in the draft, can be undone. RECORD: changes the record around
    it at once, no revision. NOW: gives the engine an event or starts a short release. READ: shows something.
    """

    SPEC = "spec"
    RECORD = "record"
    NOW = "now"
    READ = "read"


SPEC, RECORD, NOW, READ = Kind.SPEC, Kind.RECORD, Kind.NOW, Kind.READ
