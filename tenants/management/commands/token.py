from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from portal import access
from portal.access import Actor, permissions
from portal.access.actor import COMMAND
from portal.errors import SlipwayError
from portal.operations.printing import PlainCommand
from tenants import tokens
from tenants.models import Tenant, User


class Command(PlainCommand):
    help = "Make an API token in a tenant or over the platform. It is the last line of the output, and only there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help="user name")
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("--tenant", help="name of the tenant")
        where.add_argument("--platform", action="store_true", help="for the platform, and for no tenant")
        parser.add_argument("--name", required=True, help="what the token is for")
        parser.add_argument("--permissions", default="", help="rights, with commas between; none: all of the user's")
        parser.add_argument("--days", type=int, default=tokens.DEFAULT_DAYS, help="how long it lasts (default 90)")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {options['user']!r}. Check the name.")
        tenant = None if options["platform"] else Tenant.objects.filter(name=options["tenant"]).first()
        if tenant is None and not options["platform"]:
            raise CommandError(f"There is no tenant {options['tenant']!r}. Check the name.")
        rights = [right.strip() for right in options["permissions"].split(",") if right.strip()]
        _refuse_lacking(user, tenant, rights)
        try:
            issued = tokens.issue(
                user,
                tenant=tenant,
                name=options["name"],
                permissions=rights,
                days=options["days"],
                actor=Actor.of_command(),
            )
        except SlipwayError as error:
            raise CommandError(str(error)) from error
        place = f"in {tenant.name}" if tenant else "for the platform"
        self.stderr.write(
            f"Token {issued.token.name} of {user.username} {place}, until "
            f"{issued.token.expires_at:%Y-%m-%d %H:%M} UTC. It is shown only now."
        )
        self.stdout.write(issued.text)


def _refuse_lacking(user: User, tenant: Tenant | None, rights: list[str]) -> None:
    """Say, as the page does by offering no such right, that the token would not carry what its user has not."""
    actor = Actor.of_user(user, how=COMMAND)
    held = access.rights(actor, tenant_id=tenant.pk) if tenant else access.platform_rights(actor)
    known = permissions.TENANT if tenant else permissions.PLATFORM
    lacks = ", ".join(right for right in rights if right in known - held)
    if held and lacks:
        where = f"in {tenant.name}" if tenant else "over the platform"
        raise CommandError(f"{user.username} lacks {lacks} {where}. Leave that out, or give it to them first.")
