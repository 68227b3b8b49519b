"""`manage.py audit verify`: check every hash chain, and name the first bad entry of each."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.audit.models import AuditEntry, AuditHead
from portal.audit.recording import verify


class Command(BaseCommand):
    help = "Check the hash chains of the audit log."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["verify"])

    def handle(self, *args: Any, **options: Any) -> None:
        bad = False
        heads = dict(AuditHead.objects.values_list("chain", "sequence"))
        # A chain whose head is gone is known by its entries.
        chains = sorted({*heads, *AuditEntry.objects.values_list("chain", flat=True).distinct()})
        for name in chains:
            found = verify(name)
            if found is None:
                self.stdout.write(f"{name}: {heads.get(name, 0)} entries, whole{_of(name)}")
            else:
                bad = True
                self.stderr.write(f"{name}: entry {found[0]} is {found[1]}{_of(name)}")
        if bad:
            raise CommandError(
                "The audit log has been tampered with. The first bad entry of each chain is named above."
            )


def _of(chain: str) -> str:
    """Whose chain it is, as its last entry says: a tenant's is named by an id, which outlives the tenant's name."""
    last = AuditEntry.objects.filter(chain=chain).exclude(tenant_name="").order_by("-sequence").first()
    return f" ({last.tenant_name})" if last else ""
