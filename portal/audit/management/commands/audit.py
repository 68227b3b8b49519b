"""`manage.py audit`: check every hash chain and name the first bad entry of each; sign the ends of chains.

audit verify [--chain NAME] [--checkpoints FOLDER]
audit checkpoint [--to FOLDER]
audit key
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from portal.audit import checkpoints, notes, replays, rights, sinks
from portal.audit.models import AuditCheckpoint, AuditEntry, AuditHead
from portal.audit.recording import verify
from portal.errors import SlipwayError
from portal.operations.printing import PlainCommand
from portal.spelling import for_terminal


class Command(PlainCommand):
    help = "Check the hash chains of the audit log, and sign their ends."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        verifying = actions.add_parser("verify", help="name the first bad entry of every chain")
        verifying.add_argument("--chain", help="only this one: a tenant's name or id, or platform")
        verifying.add_argument("--checkpoints", type=Path, metavar="FOLDER", help="checkpoints kept outside")
        signing = actions.add_parser("checkpoint", help="sign the end of every chain that has grown")
        signing.add_argument("--to", type=Path, metavar="FOLDER", help="write the last of every chain there, too")
        actions.add_parser("key", help="print the public key that verifiers need")
        limiting = actions.add_parser("role", help="let a database role run the portal, and only append to the log")
        limiting.add_argument("role")
        replaying = actions.add_parser("replay", help="rebuild every app from its entries, and compare")
        replaying.add_argument("--tenant", default="", help="only the apps of this one")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action']}")(options)
        except SlipwayError as error:
            raise CommandError(str(error)) from error

    def _verify(self, options: dict[str, Any]) -> None:
        folder: Path | None = options["checkpoints"]
        if folder and not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        signed, wrong = checkpoints.read_folder(folder) if folder else ({}, [])
        if folder and not signed and not wrong:
            raise CommandError(f"There is no checkpoint in {folder}, so nothing was verified.")
        heads = dict(AuditHead.objects.values_list("chain", "sequence"))
        # A chain whose head is gone is known by its entries, and one that is gone as a whole by its checkpoints.
        names = {*heads, *AuditEntry.objects.values_list("chain", flat=True).distinct(), *signed}
        names |= set(AuditCheckpoint.objects.values_list("chain", flat=True).distinct())
        for sentence in wrong:
            self.stderr.write(sentence)
        bad = bool(wrong)
        for name in _asked(names, options["chain"]):
            found = verify(name, signed=signed.get(name, {}))
            if found is None:
                vouched = f", {len(signed.get(name, ()))} checkpoints fit" if folder else ""
                self.stdout.write(f"{for_terminal(name)}: {heads.get(name, 0)} entries, whole{vouched}{_of(name)}")
            else:
                bad = True
                self.stderr.write(f"{for_terminal(name)}: entry {found[0]} is {found[1]}{_of(name)}")
        if bad:
            raise CommandError(
                "The audit log has been tampered with. The first bad entry of each chain is named above."
            )

    def _checkpoint(self, options: dict[str, Any]) -> None:
        made = checkpoints.make(timezone.now())
        for row in made.checkpoints:
            self.stdout.write(f"{for_terminal(row.chain)}: signed up to entry {row.sequence}{_of(row.chain)}")
        if not made.checkpoints:
            self.stdout.write("Nothing has grown since the last checkpoints.")
        if options["to"]:
            last = AuditCheckpoint.objects.order_by("chain", "-sequence").distinct("chain")
            for row in last:
                self.stdout.write(f"Written: {sinks.copy_to(options['to'], row)}")
        for chain, reason in made.refused.items():
            self.stderr.write(f"{for_terminal(chain)}: not signed, {reason}{_of(chain)}")
        if made.refused:
            raise CommandError("What is named above has been tampered with. Run `manage.py audit verify`.")

    def _key(self, options: dict[str, Any]) -> None:
        self.stdout.write(notes.public_text(checkpoints.signing_key().public_key()))

    def _role(self, options: dict[str, Any]) -> None:
        rights.give(options["role"])
        self.stdout.write(f"{options['role']} can run the portal, and read and append to the audit log only.")

    def _replay(self, options: dict[str, Any]) -> None:
        different = 0
        for one in replays.replay_all(options["tenant"]):
            if not one.differences:
                self.stdout.write(f"{one.name}: {one.entries} entries give what is there")
                continue
            different += 1
            self.stderr.write(f"{one.name}: {one.entries} entries give something else")
            for sentence in one.differences:
                self.stderr.write(f"  {sentence}")
        if different:
            raise CommandError("The log does not lead to what is there. What differs is named above.")


def _asked(names: set[str], chain: str | None) -> list[str]:
    """The chains to look at, in order: all, or the one that is named."""
    if chain is None:
        return sorted(names)
    of_tenant = {str(one) for one in AuditEntry.objects.filter(tenant_name=chain).values_list("chain", flat=True)[:1]}
    if chosen := names & ({chain} | of_tenant):
        return sorted(chosen)
    raise CommandError(f"There is no chain of {chain}. Give a tenant's name or id, or platform.")


def _of(chain: str) -> str:
    """Whose chain it is, as its last entry says: a tenant's is named by an id, which outlives the tenant's name."""
    last = AuditEntry.objects.filter(chain=chain).exclude(tenant_name="").order_by("-sequence").first()
    return f" ({for_terminal(last.tenant_name)})" if last else ""
