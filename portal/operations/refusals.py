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
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import access
from portal.access import Actor, Ref
from portal.audit.models import AuditEntry
from portal.audit.recording import Change, Subject, record
from portal.audit.wording import register_sentence, words
from portal.errors import Forbidden, Invalid, NotFound, UserError
from portal.operations import inputs
from portal.operations.operation import Operation
from portal.operations.subject import adapter_of

API_CALL = "api.request"
register_sentence(API_CALL, gettext_lazy("called the API"), title=gettext_lazy("a call of the API"))
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
    subject, adapter = access.get(Actor.engine(), ref, operation.permission), adapter_of(ref.kind)
    change = Change(
        operation=operation.name,
        outcome=AuditEntry.REFUSED,
        input={}
        if isinstance(error, Forbidden)
        else _redacted(operation, data, value=adapter.value(subject, operation.kind)),
        reason=str(error),
    )
    with transaction.atomic():
        record(change, actor=actor, subject=adapter.describe(subject))


def record_unknown(*, address: str, what: str) -> None:
    """As `record_stranger`, for a call of the API without a token or session that counts."""
    caller = Actor(how="anonymous", address=address)
    record_stranger(caller, operation=API_CALL, what=what, reason=_("not signed in"))


def record_stranger(actor: Actor, *, operation: str, what: str, reason: str = "not found") -> None:
    """One line in the platform's chain, if this caller has not had one within the last minute."""
    if not _first_in_a_while((actor.username or actor.address, operation)):
        return
    with transaction.atomic():
        change = Change(operation=operation, outcome=AuditEntry.REFUSED, reason=reason)
        record(change, actor=actor, subject=Subject(kind="unknown", name=what[:200]))


def done_words(entry: AuditEntry) -> str:
    """The sentence of what was just done, with a capital letter."""
    text = words(entry)
    return text[:1].upper() + text[1:] + "."


def _redacted(operation: type[Operation], data: Any, *, value: Any) -> dict[str, Any]:
    doing = operation()
    try:
        return inputs.redacted(doing, doing.shielded(value, data))
    except (TypeError, ValueError, AttributeError, LookupError):
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
