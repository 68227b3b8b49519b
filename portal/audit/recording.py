"""Writing the log. Call `record` inside the transaction of the change, after every other lock has been taken."""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from portal.access import Actor
from portal.audit import chain
from portal.audit.models import PLATFORM_CHAIN, AuditCheckpoint, AuditEntry, AuditHead

MAX_TEXT = 2000


@dataclass(frozen=True)
class Subject:
    """What an entry is about, in ids and names only, so that it stays readable when the thing is gone."""

    kind: str
    id: str = ""
    name: str = ""
    tenant_id: uuid.UUID | None = None
    tenant_name: str = ""


@dataclass(frozen=True)
class Change:
    """What was asked and what came of it; every value is JSON without secrets."""

    operation: str
    outcome: str = AuditEntry.DONE
    input: Mapping[str, Any] = field(default_factory=dict)
    resolved: Mapping[str, Any] = field(default_factory=dict)
    diff: Sequence[Mapping[str, Any]] = ()
    result: Mapping[str, Any] = field(default_factory=dict)
    version_before: int | None = None
    version_after: int | None = None
    reason: str = ""
    note: str = ""


def record(change: Change, *, actor: Actor, subject: Subject) -> AuditEntry:
    """Append one entry to the tenant's chain (the platform's when the subject has no tenant).

    The head row is locked first and the time taken after that, so that times follow the sequence. What is hashed is
    JSON as the database gives it back, which writes some numbers in another way (1e22 has all its digits there).
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("audit.record belongs into the transaction of the change.")
    name = str(subject.tenant_id) if subject.tenant_id else PLATFORM_CHAIN
    head = _locked_head(name)
    at, kept = _clock_and_kept(
        {"input": change.input, "resolved": change.resolved, "diff": list(change.diff), "result": change.result}
    )
    entry = AuditEntry(
        chain=name,
        sequence=head.sequence + 1,
        at=at,
        tenant_id=subject.tenant_id,
        tenant_name=subject.tenant_name,
        actor_id=actor.user_id,
        actor_name=actor.username,
        how=actor.how,
        token_id=actor.token_id,
        address=actor.address,
        request_id=actor.request_id,
        operation=change.operation,
        subject_kind=subject.kind,
        subject_id=subject.id,
        subject_name=subject.name,
        version_before=change.version_before,
        version_after=change.version_after,
        **kept,
        outcome=change.outcome,
        reason=change.reason[:MAX_TEXT],
        note=change.note[:MAX_TEXT],
        previous_hash=head.hash,
    )
    entry.hash = chain.link(head.hash, as_fields(entry))
    entry.save(force_insert=True)
    head.sequence, head.hash = entry.sequence, entry.hash
    head.save(update_fields=["sequence", "hash"])
    return entry


def as_fields(entry: AuditEntry) -> dict[str, Any]:
    """An entry as the JSON values that its hash covers, with `previous_hash` and `hash` beside them."""
    fields = {name: getattr(entry, name) for name in (*chain.HASHED, "previous_hash", "hash")}
    fields["at"] = entry.at.astimezone(datetime.UTC).isoformat(timespec="microseconds")
    for name in ("tenant_id", "actor_id"):
        fields[name] = str(fields[name]) if fields[name] else None
    return fields


def verify(name: str, *, signed: Mapping[int, str] = MappingProxyType({})) -> tuple[int, str] | None:
    """Check one chain from its first entry: the first bad sequence number and why, or None when it is whole.

    `signed` has the hashes that checkpoints from outside vouch for; those kept in the database count as well.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:  # head and entries of the same moment, however much is written meanwhile
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        head = AuditHead.objects.filter(chain=name).first()
        entries = AuditEntry.objects.filter(chain=name).order_by("sequence").iterator(chunk_size=2000)
        kept = AuditCheckpoint.objects.filter(chain=name).values_list("sequence", "hash")
        return chain.first_bad(
            (as_fields(entry) for entry in entries),
            head_sequence=head.sequence if head else 0,
            head_hash=head.hash if head else "",
            signed={**dict(kept), **signed},
        )


def _locked_head(name: str) -> AuditHead:
    """The head of a chain, made with its first entry."""
    heads = AuditHead.objects.select_for_update()
    head = heads.filter(chain=name).first()
    if head is None:
        AuditHead.objects.bulk_create([AuditHead(chain=name)], ignore_conflicts=True)
        head = heads.get(chain=name)
    return head


def _clock_and_kept(values: dict[str, Any]) -> tuple[datetime.datetime, dict[str, Any]]:
    """The time now, and values as a column of JSON keeps them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp(), %s::jsonb::text", [json.dumps(values, cls=DjangoJSONEncoder)])
        at, kept = cursor.fetchone()
    return at, json.loads(kept)
