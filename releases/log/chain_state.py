"""How a chain of the audit log stands, told from its end: quick, and so less than `manage.py audit verify` says."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from portal.audit import chain as chains
from portal.audit.models import AuditCheckpoint, AuditEntry, AuditHead
from portal.audit.recording import as_fields


def chain_state(chain: str) -> dict[str, Any]:
    """{ok, sentence, signed_at}: whether the last entry and the last signed one are what head and signature say."""
    head = AuditHead.objects.filter(chain=chain).first()
    if head is None:
        return {"ok": True, "sentence": _("No entry yet"), "signed_at": None}
    signed = AuditCheckpoint.objects.filter(chain=chain).order_by("-sequence").first()
    vouched = {head.sequence: head.hash} | ({signed.sequence: signed.hash} if signed else {})
    rows = AuditEntry.objects.filter(chain=chain, sequence__in=vouched)
    fine = {row.sequence for row in rows if row.hash == vouched[row.sequence] and is_own(row)}
    for sequence in sorted(vouched):
        if sequence not in fine:
            sentence = _("Entry {number} is not the one it was: verify the log").format(number=sequence)
            return {"ok": False, "sentence": sentence, "signed_at": signed.at if signed else None}
    if signed is None:
        return {
            "ok": True,
            "sentence": _("{count} entries, not signed yet").format(count=head.sequence),
            "signed_at": None,
        }
    sentence = _("{count} entries, signed up to {number}").format(count=head.sequence, number=signed.sequence)
    return {"ok": True, "sentence": sentence, "signed_at": signed.at}


def is_own(entry: AuditEntry) -> bool:
    """Whether an entry has the hash that its fields and the entry before it give."""
    return chains.link(entry.previous_hash, as_fields(entry)) == entry.hash
