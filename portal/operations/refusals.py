"""What was refused is in the audit log too, in a transaction of its own.

Members' refusals go to the tenant's chain. Input that did not parse goes there too, without what it was, at most once a
minute for each person, operation and process: a script that is wrong says the same many times. Strangers, anonymous
callers, and whoever lacks a right over the platform go to the platform's chain, also once a minute, so that nobody can
fill the log from outside.

What somebody was refused who has the right over the platform for it goes there too, each time, whatever tenant it was
about: the reason is worded for who sees all tenants, and members of this one are not to read of others.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
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
from portal.operations.confirming import CONFIRM
from portal.operations.operation import Operation
from portal.operations.subject import adapter_of

API_CALL = "api.request"
register_sentence(API_CALL, gettext_lazy("called the API"), title=gettext_lazy("a call of the API"))
STRANGER_SECONDS = 60.0
_MAX_STRANGERS = 1000
# Before the last @ of a host, with a scheme or of two parts: `name:tag@sha256:…` is an image, and no one signs in.
_CREDENTIALS = re.compile(r"(?<=://)[^\s/?#]*@|(?<![^\s\"'=,;(])[^\s/:@?#\"']+:[^\s/?#@]*@(?!sha256:)")
_seen: OrderedDict[tuple[str, str], float] = OrderedDict()
_seen_lock = threading.Lock()


def record_refusal(error: UserError, *, operation: type[Operation], actor: Actor, ref: Ref, data: Any) -> None:
    """Write what was refused and why. Of input that did not parse only which fields were wrong."""
    # What is wrong with a request may have been said before the doorway; all else is said behind it.
    asking = actor if isinstance(error, Invalid) else Actor.engine()
    outside = isinstance(error, NotFound) or (not ref.tenant and not _over_platform(actor, operation))
    subject = None if outside else _found(asking, ref, operation)
    if subject is None:
        reason = str(error) if isinstance(error, Forbidden) else "not found"
        record_stranger(actor, operation=operation.name, what=str(ref), reason=reason)
        return
    adapter = adapter_of(ref.kind)
    reason, given = str(error), {}
    if isinstance(error, Invalid):
        confirming = CONFIRM in error.fields
        if not confirming and not first_in_a_while((f"{actor.username} {ref}", operation.name)):
            return
        reason = reason if confirming else _unread(error, operation)
    else:
        value, parsed = adapter.value(subject, operation.kind), not isinstance(error, Forbidden)
        given = _redacted(operation, data, value=value, parsed=parsed)
    change = Change(
        operation=operation.name,
        outcome=AuditEntry.REFUSED,
        input=without_credentials(given),
        reason=without_credentials(reason),
    )
    about = adapter.describe(subject)
    if _over_platform(actor, operation):
        about = Subject(kind=about.kind, id=about.id, name=about.name)
    with transaction.atomic():
        record(change, actor=actor, subject=about)


def record_unknown(*, address: str, what: str) -> None:
    """As `record_stranger`, for a call of the API without a token or session that counts."""
    caller = Actor(how="anonymous", address=address)
    record_stranger(caller, operation=API_CALL, what=what, reason=_("not signed in"))


def record_stranger(actor: Actor, *, operation: str, what: str, reason: str = "not found") -> None:
    """One line in the platform's chain, if this caller has not had one within the last minute."""
    if not first_in_a_while((actor.username or actor.address, operation)):
        return
    with transaction.atomic():
        change = Change(operation=operation, outcome=AuditEntry.REFUSED, reason=reason)
        record(change, actor=actor, subject=Subject(kind="unknown", name=what[:200]))


def done_words(entry: AuditEntry) -> str:
    """The sentence of what was just done, with a capital letter."""
    text = words(entry)
    return text[:1].upper() + text[1:] + "."


def _redacted(operation: type[Operation], data: Any, *, value: Any, parsed: bool) -> dict[str, Any]:
    """The input as the log may hold it. What was not `parsed` before it was refused is left out if it cannot be."""
    doing = operation()
    try:
        if not parsed:
            inputs.validate(doing, data, read=lambda: value)
        return inputs.redacted(doing, doing.shielded(value, data))
    except (Invalid, TypeError, ValueError, AttributeError, LookupError):
        return {}


def without_credentials(given: Any) -> Any:
    """The same without who signs in, where a text says so as addresses do: `https://user:password@host`.

    What was done is kept as it was, because it is done again from the log; what was refused nobody has to repeat.
    """
    if isinstance(given, str):
        return _CREDENTIALS.sub("…@", given)
    if isinstance(given, Mapping):
        return {name: without_credentials(one) for name, one in given.items()}
    if isinstance(given, list | tuple):
        return [without_credentials(one) for one in given]
    return given


def _found(actor: Actor, ref: Ref, operation: type[Operation]) -> Any:
    """What the operation was asked on; None when the actor may not do it."""
    try:
        return access.get(actor, ref, operation.permission)
    except UserError:
        return None


def _over_platform(actor: Actor, operation: type[Operation]) -> bool:
    """Whether the actor has the right of an operation that is on the platform itself."""
    return operation.permission in access.platform_rights(actor)


def _unread(error: Invalid, operation: type[Operation]) -> str:
    """Which fields were wrong, and nothing of what was in them, which could be a secret in the wrong place."""
    wrong = {re.split(r"[.\[]", path)[0] for path in error.fields}
    if names := [str(name) for name in operation.Input().fields if name in wrong]:
        return _("The input was not accepted: {fields}.").format(fields=", ".join(names))
    return _("The input was not accepted.")


def first_in_a_while(key: tuple[str, str]) -> bool:
    """Whether this was not asked within the last minute, in this process."""
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
