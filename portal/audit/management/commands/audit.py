"""`manage.py audit verify`: check every hash chain, and name the first bad entry of each."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.audit.models import AuditHead
from portal.audit.recording import verify


class Command(BaseCommand):
    help = "Check the hash chains of the audit log."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["verify"])

    def handle(self, *args: Any, **options: Any) -> None:
        bad = False
        for head in AuditHead.objects.order_by("chain"):
            found = verify(head.chain)
            if found is None:
                self.stdout.write(f"{head.chain}: {head.sequence} entries, whole")
            else:
                bad = True
                self.stderr.write(f"{head.chain}: entry {found[0]} is {found[1]}")
        if bad:
            raise CommandError(
                "The audit log has been tampered with. The first bad entry of each chain is named above."
            )
