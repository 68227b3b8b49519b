"""What an operation is performed on. Each room registers one adapter per kind of thing; the kernel knows no more.

An adapter's locator (how a `Ref` is found, and whose it is) is registered with the doorway; the rest is here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from portal import access
from portal.access import Actor, Locator, Ref
from portal.audit.recording import Subject as AuditSubject
from portal.operations.kinds import Kind
from portal.operations.operation import Operation


@dataclass(frozen=True)
class Preview:
    """What would change, as JSON values without secrets.

    `spec`: rows {label, before, after, kind: added|removed|changed}. `manifests`: {cluster, name, kind, lines: [{kind,
    text}]} each. `quota`: rows {label, unit, used, after, limit, fits}. `rolling`: the same rows while a release of it
    rolls, old instances beside new ones. `warnings`: sentences. `recreates`: sentences about objects that have to be
    made anew. `deploying`: what else goes out when an edit is deployed, {undeployed, sentence, spec, manifests,
    recreates}: how many changes waited before, said in a sentence, and rows of all that differs from what runs then;
    None where nothing waited. `happens`: a sentence of what would happen where there are no rows to tell it.
    `course`: what would be done step by step, as rows {wave, clusters, supposed, before, steps} with the numbers after
    each step.
    """

    spec: Sequence[Mapping[str, Any]] = ()
    manifests: Sequence[Mapping[str, Any]] = ()
    quota: Sequence[Mapping[str, Any]] = ()
    rolling: Sequence[Mapping[str, Any]] = ()
    warnings: Sequence[str] = ()
    recreates: Sequence[str] = ()
    deploying: Mapping[str, Any] | None = None
    happens: str = ""
    course: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Saving:
    """All that an adapter needs to write a change down."""

    operation: type[Operation]
    before: Any
    after: Any
    resolved: Mapping[str, Any]
    actor: Actor
    note: str = ""


@dataclass(frozen=True)
class Saved:
    """What was written. `subject` replaces the audit entry's subject, as when a tenant's operation made an app."""

    version_before: int | None
    version_after: int | None
    revision: int | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    subject: AuditSubject | None = None


class SubjectAdapter(Protocol):
    """How the kernel reaches the invariants, quota, rendering and tables of one kind of thing."""

    def describe(self, subject: Any) -> AuditSubject:
        """Ids and names for the audit entry."""

    def version(self, subject: Any) -> int:
        """A number that rises with every change; forms carry it."""

    def lock(self, subject: Any) -> Any:
        """Lock what the change needs, in the order usage → app → release, and return the subject read again."""

    def value(self, subject: Any, kind: Kind) -> Any:
        """The frozen value operations of `kind` work on."""

    def blocked(self, subject: Any, operation: type[Operation]) -> str | None:
        """A sentence when the state of the subject forbids this operation, such as a lock."""

    def check(self, subject: Any, operation: type[Operation], after: Any) -> None:
        """Invariants and platform rules on the new value; raises Refused."""

    def diff(self, before: Any, after: Any) -> list[dict[str, Any]]:
        """Rows {label, before, after, kind} a person can read."""

    def preview(self, subject: Any, operation: type[Operation], before: Any, after: Any) -> Preview:
        """What the change would do; reads only, locks nothing."""

    def quota(self, subject: Any) -> Sequence[Mapping[str, Any]]:
        """Rows as in `Preview.quota` of what is in use now: for a form whose input cannot be previewed yet."""

    def usage(self, subject: Any, operation: type[Operation], after: Any) -> None:
        """Reserve the quota of the new value; raises QuotaExceeded."""

    def save(self, subject: Any, saving: Saving) -> Saved:
        """Write state and revision."""

    def effects(self, subject: Any, saved: Saved) -> None:
        """Outbox rows and live topics of the change, after everything else but the audit entry."""

    def pickers(self, subject: Any) -> Mapping[str, list[tuple[str, str]]]:
        """Choices per picker: `process`, `port`, `cluster`, `release` …"""

    def url(self, ref: Ref) -> str:
        """The page of the subject."""

    def trail(self, subject: Any, ref: Ref) -> Sequence[tuple[Any, str]]:
        """Title and address of the pages that lead to its operations, the outermost first."""

    def confirmation(self, subject: Any) -> str:
        """What has to be typed before something dangerous."""


_adapters: dict[str, SubjectAdapter] = {}


def register_subject(kind: str, adapter: SubjectAdapter, *, locator: Locator) -> None:
    """Register the adapter of a kind of thing, and with the doorway how it is found."""
    access.register(kind, locator)
    _adapters[kind] = adapter


def adapter_of(kind: str) -> SubjectAdapter:
    """The adapter of a kind; KeyError is a programming error."""
    return _adapters[kind]
