"""Who does what a command does: the person it names, or nobody in particular."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from portal.access import Actor
from portal.access.actor import COMMAND
from portal.errors import Invalid


def add_user(parser: CommandParser) -> None:
    """The option that `acting` takes."""
    parser.add_argument("--user", help="act as this person; otherwise as the command line, with every right")


def acting(username: str | None) -> Actor:
    """The actor of a command. Raises Invalid when there is no such person."""
    if username is None:
        return Actor.of_command()
    user = get_user_model()._default_manager.filter(username=username, is_active=True).first()
    if user is None:
        raise Invalid(_("There is no active user {name}.").format(name=username))
    return Actor.of_user(user, how=COMMAND)
