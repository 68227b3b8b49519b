from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from portal.access import Actor, Ref
from portal.access.ref import PLATFORM
from portal.access.roles import PLATFORM_ROLES
from portal.errors import SlipwayError
from portal.operations.performing import perform
from portal.operations.printing import PlainCommand
from tenants.accounts import changing

ACTIONS = {
    "disable": ("account.disable", "switch off: ends all sessions", "the account is switched off"),
    "enable": ("account.enable", "switch on again", "the account is switched on"),
    "sign-out": ("account.end_sessions", "end all sessions", "all sessions are ended"),
    "reset-factor": ("account.reset_factor", "take away a second factor that is lost", "the second factor is reset"),
}


class Command(PlainCommand):
    help = (
        "Make an account, switch one off or on, sign somebody out, reset a second factor. "
        "A first password is the last line of the output, and only there."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        add = actions.add_parser("add", help="make an account; its first password has to be changed at once")
        add.add_argument("username", help="what the person signs in with")
        add.add_argument("--mail", required=True, help="mail address")
        add.add_argument("--name", default="", help="first and last name")
        add.add_argument("--platform-role", default="", choices=["", *sorted(PLATFORM_ROLES)], help="over the platform")
        for action, (_operation, words, _done) in ACTIONS.items():
            actions.add_parser(action, help=words).add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._do(options)
        except SlipwayError as error:
            raise CommandError(str(error)) from error

    def _do(self, options: dict[str, Any]) -> None:
        actor, username = Actor.of_command(), options["username"]
        if options["action"] == "add":
            role, mail = options["platform_role"], options["mail"]
            password = changing.add(username, mail=mail, name=options["name"], platform_role=role, actor=actor)
            self.stderr.write(f"Account {username}, with a first password. It is shown only now.")
            self.stdout.write(password)
            return
        perform(ACTIONS[options["action"]][0], actor=actor, ref=Ref(PLATFORM), data={"user": username})
        self.stdout.write(f"{username}: {ACTIONS[options['action']][2]}.")
