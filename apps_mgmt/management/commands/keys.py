"""`manage.py keys`: which keys secrets are sealed with; `keys rotate` seals them all with the first one."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from apps_mgmt import keys
from portal.access import Actor
from portal.access.ref import PLATFORM
from portal.audit.recording import Change, Subject, record
from portal.crypto import sealing_key_id
from portal.errors import PlatformError
from portal.operations.printing import PlainCommand


class Command(PlainCommand):
    help = "Say which keys of SLIPWAY_KEYS secrets are sealed with (list), or seal all with the first one (rotate)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", nargs="?", choices=("list", "rotate"), default="list")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            sealing_key_id()
        except PlatformError as error:
            raise CommandError(str(error)) from error
        if options["action"] == "rotate":
            self._rotate()
        now = sealing_key_id()
        for key_id, count in sorted({now: 0, **keys.in_use()}.items()):
            self.stdout.write(f"{key_id}  {count} sealed{'  (seals now)' if key_id == now else ''}")

    def _rotate(self) -> None:
        try:
            count = keys.rotate()
        except PlatformError as error:
            raise CommandError(f"{error} What came before it is sealed anew; run it again then.") from error
        if count:
            change = Change(operation=keys.ROTATE, input={}, result={"count": count, "key": sealing_key_id()})
            with transaction.atomic():
                record(change, actor=Actor.of_command(), subject=Subject(PLATFORM, "", "the platform"))
        self.stdout.write(f"Sealed anew: {count}.")
