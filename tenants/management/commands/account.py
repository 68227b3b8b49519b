from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.access import Actor
from portal.access.roles import PLATFORM_ROLES
from portal.errors import UserError
from tenants.accounts import changing
from tenants.models import User


class Command(BaseCommand):
    help = "Make an account, or switch one off or on. A first password is the last line of the output, and only there."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        add = actions.add_parser("add", help="make an account; its first password has to be changed at once")
        add.add_argument("username", help="what the person signs in with")
        add.add_argument("--mail", required=True, help="mail address")
        add.add_argument("--name", default="", help="first and last name")
        add.add_argument("--platform-role", default="", choices=["", *sorted(PLATFORM_ROLES)], help="over the platform")
        for action, words in (("disable", "switch off: ends all sessions"), ("enable", "switch on again")):
            actions.add_parser(action, help=words).add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._do(options)
        except UserError as error:
            raise CommandError(str(error)) from error

    def _do(self, options: dict[str, Any]) -> None:
        actor, username = Actor.of_command(), options["username"]
        if options["action"] == "add":
            role, mail = options["platform_role"], options["mail"]
            password = changing.add(username, mail=mail, name=options["name"], platform_role=role, actor=actor)
            self.stderr.write(f"Account {username}, with a first password. It is shown only now.")
            self.stdout.write(password)
            return
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account {username!r}. Check the name.")
        on = options["action"] == "enable"
        changing.switch(user, on=on, actor=actor)
        self.stdout.write(f"The account {username} is switched {'on' if on else 'off'}.")
