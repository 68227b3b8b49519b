"""How a chain of the audit log stands, told from its end: quick, and so less than `manage.py audit verify` says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.audit import chain as chains
from portal.audit.models import AuditCheckpoint, AuditEntry, AuditHead
from portal.audit.recording import as_fields

# So many turns of the clock may pass before a chain that is not signed is told of.
TURNS = 3


def chain_state(chain: str) -> dict[str, Any]:
    """{ok, sentence, signed_at}: whether the last entry and the last signed one are what head and signature say.

    And whether those behind it are signed in time: a chain that does not verify is not signed any more.
    """
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
    if since := unsigned_since(chain, signed.sequence if signed else 0):
        sentence = _("Not signed since {time}: verify the log").format(time=date_format(since, "DATETIME_FORMAT"))
        return {"ok": False, "sentence": sentence, "signed_at": signed.at if signed else None}
    if signed is None:
        return {
            "ok": True,
            "sentence": _("{count} entries, not signed yet").format(count=head.sequence),
            "signed_at": None,
        }
    sentence = _("{count} entries, signed up to {number}").format(count=head.sequence, number=signed.sequence)
    return {"ok": True, "sentence": sentence, "signed_at": signed.at}


def unsigned_since(chain: str, signed: int) -> datetime | None:
    """Since when entries have waited too long to be signed, as those of a chain do that does not verify."""
    late = overdue()
    entry = AuditEntry.objects.filter(chain=chain, sequence=signed + 1).first() if late else None
    return timezone.localtime(entry.at) if entry and late and entry.at < late else None


def overdue() -> datetime | None:
    """Entries from before this should be signed; None where nothing is."""
    if not settings.SLIPWAY_AUDIT_KEY:
        return None
    return timezone.now() - TURNS * timedelta(seconds=settings.SLIPWAY_AUDIT_SECONDS)


def all_chains(names: Mapping[str, str], *, most: int) -> dict[str, Any]:
    """{chains, entries, signed_at, rows}: all chains in numbers, and {chain, title, ok, sentence} of some.

    Asked along indexes, a look at the end of each. `names` has the titles of chains. Those whose end is not what head
    and last signature say, or whose entries wait for a signature too long, come first, `most` rows at most.
    """
    entry = AuditEntry.objects.filter(chain=OuterRef("chain"))
    last = AuditCheckpoint.objects.filter(chain=OuterRef("chain")).order_by("-sequence")
    heads = AuditHead.objects.annotate(
        end=Subquery(entry.filter(sequence=OuterRef("sequence")).values("hash")[:1]),
        signed=Subquery(last.values("sequence")[:1]),
        vouched=Subquery(last.values("hash")[:1]),
        signed_at=Subquery(last.values("at")[:1]),
    ).annotate(kept=Subquery(entry.filter(sequence=OuterRef("signed")).values("hash")[:1]))
    fits = Q(end=F("hash")) & (Q(signed=None) | Q(kept=F("vouched")))
    broken = set(heads.exclude(fits).values_list("chain", flat=True))
    waiting: set[str] = set()
    if late := overdue():
        next_one = entry.filter(sequence=Coalesce(OuterRef("signed"), 0) + 1).values("at")[:1]
        waits = heads.annotate(waits_since=Subquery(next_one)).filter(waits_since__lt=late)
        waiting = set(waits.values_list("chain", flat=True)) - broken
    titled = {head.chain: names.get(head.chain, head.chain) for head in heads}
    found = sorted(heads, key=lambda head: (head.chain not in broken | waiting, titled[head.chain]))
    return {
        "chains": len(found),
        "entries": sum(head.sequence for head in found),
        "signed_at": max((head.signed_at for head in found if head.signed_at), default=None),
        "rows": [
            _row(head, title=titled[head.chain], broken=head.chain in broken, waiting=head.chain in waiting)
            for head in found[:most]
        ],
    }


def _row(head: Any, *, title: str, broken: bool, waiting: bool) -> dict[str, Any]:
    if broken:
        sentence = _("Its end is not what it was: verify the log")
    elif waiting:
        sentence = _("Not signed as it should be: verify the log")
    elif head.signed:
        sentence = _("{count} entries, signed up to {number}").format(count=head.sequence, number=head.signed)
    else:
        sentence = _("{count} entries, not signed yet").format(count=head.sequence)
    return {"chain": head.chain, "title": title, "ok": not (broken or waiting), "sentence": sentence}


def is_own(entry: AuditEntry) -> bool:
    """Whether an entry has the hash that its fields and the entry before it give."""
    return chains.link(entry.previous_hash, as_fields(entry)) == entry.hash
