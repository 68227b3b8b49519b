"""The audit log as JSONL or CSV, streamed in pieces: the memory it takes does not grow with the log.

JSONL has all that the hashes cover, as it was written, in the order of the chains, so that
`portal/audit/verify_log.py` can check a whole export. CSV is for spreadsheets: what a program could take for a formula
is made text.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import transaction
from django.db.models import BooleanField, Func, QuerySet, Value
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.request import Request

from apps_mgmt.spec.unsigned import unsigned_rows
from portal.access import Actor
from portal.access.ref import PLATFORM, TENANT
from portal.audit.models import AuditEntry
from portal.audit.recording import Change, Subject, as_fields, record
from portal.audit.wording import note_of, register_sentence, words
from portal.errors import Invalid
from portal.spelling import spelled_out
from releases.log import searching
from tenants.models import Tenant

EXPORT = "audit.export"
TYPES = {"jsonl": "application/jsonl", "csv": "text/csv; charset=utf-8"}
PIECE = 1000
COLUMNS = (
    "chain", "sequence", "at", "tenant_name", "actor_name", "how", "token_id", "address", "request_id", "operation",
    "subject_kind", "subject_id", "subject_name", "sentence", "outcome", "reason", "note", "version_before",
    "version_after", "diff", "hash",
)  # fmt: skip
_BEHIND = "(chain, sequence) > (%(expressions)s)"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

register_sentence(EXPORT, gettext_lazy("exported the log as {as}"), title=gettext_lazy("Export the audit log"))


def export(
    request: HttpRequest | Request,
    rows: QuerySet[AuditEntry],
    *,
    tenant: Tenant | None,
    filters: Mapping[str, str],
    kind: str,
) -> StreamingHttpResponse:
    """The answer to whoever may export: entries up to the one that says who exported what, which is written first.

    Raises Invalid, before anything is written or sent, for a kind of file there is not, and for filters that the
    database cannot take.
    """
    if kind not in TYPES:
        sentence = _("The log is exported as {kinds}.").format(kinds=", ".join(TYPES))
        raise Invalid(sentence, fields={"as": [sentence]})
    searching.refuse_untakable(rows)
    given = {name: value for name, value in filters.items() if value}
    own = _noted(Actor.of_request(request), tenant, {"as": kind, **given})
    pieces = _Pieces(rows.filter(pk__lte=own.pk), as_jsonl if kind == "jsonl" else as_csv, head=kind == "csv")
    # A thread's worth of an iterator would be collected whole before the first byte is sent, were it not asynchronous.
    plain = request._request if isinstance(request, Request) else request
    streamed = _awaited(pieces) if isinstance(plain, ASGIRequest) else pieces
    response = StreamingHttpResponse(streamed, content_type=TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{file_name(tenant, kind)}"'
    return response


def file_name(tenant: Tenant | None, kind: str) -> str:
    """What a file of this kind is called that is exported today (UTC): of a tenant, or None for all chains."""
    return f"audit-{tenant.name if tenant else 'all'}-{timezone.now():%Y-%m-%d}.{kind}"


def as_jsonl(entry: AuditEntry) -> str:
    """An entry as a line of JSON."""
    return json.dumps(as_fields(entry), ensure_ascii=False, separators=(",", ":")) + "\n"


def as_csv(entry: AuditEntry) -> str:
    """An entry as a line of CSV, no cell of which is a formula."""
    told = {
        **as_fields(entry),
        "sentence": words(entry),
        "note": note_of(entry),
        "diff": "; ".join(map(_told, unsigned_rows(entry.diff))),
    }
    return _line([told[name] for name in COLUMNS])


class _Pieces(Iterator[bytes]):
    """Some hundred lines at a time, each by a query of its own that goes on behind the last entry."""

    def __init__(self, rows: QuerySet[AuditEntry], line: Callable[[AuditEntry], str], *, head: bool) -> None:
        self._rows, self._line = rows, line
        self._chain, self._sequence = "", 0
        self._head, self._more = head, True

    def __next__(self) -> bytes:
        if self._head:
            self._head = False
            return _line(list(COLUMNS)).encode()
        if not self._more:
            raise StopIteration
        # Compared as a row, it is one place in the index; taken apart, all that was read already is read again.
        behind = Func(Value(self._chain), Value(self._sequence), template=_BEHIND, output_field=BooleanField())
        found = list(self._rows.filter(behind).order_by("chain", "sequence")[:PIECE])
        self._more = len(found) == PIECE
        if not found:
            raise StopIteration
        self._chain, self._sequence = found[-1].chain, found[-1].sequence
        return "".join(map(self._line, found)).encode()


async def _awaited(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    following = sync_to_async(lambda: next(pieces, None))
    while (piece := await following()) is not None:
        yield piece


def _noted(actor: Actor, tenant: Tenant | None, asked: Mapping[str, str]) -> AuditEntry:
    subject = (
        Subject(kind=TENANT, id=str(tenant.pk), name=tenant.name, tenant_id=tenant.pk, tenant_name=tenant.name)
        if tenant
        else Subject(kind=PLATFORM, name="the platform")
    )
    with transaction.atomic():
        return record(Change(operation=EXPORT, input=asked), actor=actor, subject=subject)


def _line(values: list[Any]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([_cell(value) for value in values])
    return written.getvalue()


def _cell(value: Any) -> str:
    text = "" if value is None else spelled_out(str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text


def _told(row: Mapping[str, Any]) -> str:
    return f"{row.get('label', '')}: {row.get('before') or _('nothing')} → {row.get('after') or _('nothing')}"
