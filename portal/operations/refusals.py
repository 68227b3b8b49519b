"""What was refused is in the audit log too, in a transaction of its own.

Members' refusals go to the tenant's chain. Strangers and anonymous callers go to the platform's chain, at most once a
minute for each of them and process, so that nobody can fill the log from outside.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import Any

from django.db import transaction

from portal import access
from portal.access import Actor, Ref
from portal.audit.models import AuditEntry
from portal.audit.recording import Change, Subject, record
from portal.audit.wording import words
from portal.errors import Forbidden, Invalid, NotFound, UserError
from portal.operations import inputs
from portal.operations.operation import Operation
from portal.operations.subject import adapter_of

STRANGER_SECONDS = 60.0
_MAX_STRANGERS = 1000
_seen: OrderedDict[tuple[str, str], float] = OrderedDict()
_seen_lock = threading.Lock()


def record_refusal(error: UserError, *, operation: type[Operation], actor: Actor, ref: Ref, data: Any) -> None:
    """Write what was refused and why. Input that did not parse is nothing anybody tried, and is left out."""
    if isinstance(error, Invalid):
        return
    if isinstance(error, NotFound):
        record_stranger(actor, operation=operation.name, what=str(ref))
        return
    subject = access.get(Actor.engine(), ref, operation.permission)
    change = Change(
        operation=operation.name,
        outcome=AuditEntry.REFUSED,
        input={} if isinstance(error, Forbidden) else _redacted(operation, data),
        reason=str(error),
    )
    with transaction.atomic():
        record(change, actor=actor, subject=adapter_of(ref.kind).describe(subject))


def record_stranger(actor: Actor, *, operation: str, what: str) -> None:
    """One line in the platform's chain, if this caller has not had one within the last minute."""
    if not _first_in_a_while((actor.username or actor.address, operation)):
        return
    with transaction.atomic():
        change = Change(operation=operation, outcome=AuditEntry.REFUSED, reason="not found")
        record(change, actor=actor, subject=Subject(kind="unknown", name=what[:200]))


def done_words(entry: AuditEntry) -> str:
    """The sentence of what was just done, with a capital letter."""
    text = words(entry)
    return text[:1].upper() + text[1:] + "."


def _redacted(operation: type[Operation], data: Any) -> dict[str, Any]:
    try:
        return inputs.redacted(operation(), data)
    except (TypeError, ValueError, AttributeError):
        return {}


def _first_in_a_while(key: tuple[str, str]) -> bool:
    now = time.monotonic()
    with _seen_lock:
        last = _seen.get(key)
        if last is not None and now - last < STRANGER_SECONDS:
            return False
        _seen[key] = now
        _seen.move_to_end(key)
        while len(_seen) > _MAX_STRANGERS:
            _seen.popitem(last=False)
    return True
