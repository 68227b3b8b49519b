"""Accounts as operators make them, and what changes them later."""

from __future__ import annotations

import secrets

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal import live
from portal.access import Actor
from portal.access.roles import PLATFORM_ROLES
from portal.errors import Invalid
from tenants import logbook, roles, waking
from tenants.accounts import naming, sessions
from tenants.models import User


@transaction.atomic
def add(username: str, *, mail: str, actor: Actor, name: str = "", platform_role: str = "") -> str:
    """Make an account, and return its first password, which has to be changed with the first sign-in.

    Raises Invalid for a name that is taken or cannot be, a mail address that is none, and an unknown role.
    """
    first, _blank, last = name.partition(" ")
    user = User(username=username, email=mail, first_name=first, last_name=last, must_change_password=True)
    try:
        user.clean_fields(exclude=["password"])
        validate_email(mail)
        user.validate_unique()
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from error
    naming.check_name(username)
    if platform_role and platform_role not in PLATFORM_ROLES:
        sentence = _("There is no platform role {role}. Choose one of {roles}.")
        raise Invalid(sentence.format(role=platform_role, roles=", ".join(sorted(PLATFORM_ROLES))))
    password = secrets.token_urlsafe(15)
    user.set_password(password)
    user.save()
    if platform_role:
        roles.give_platform_role(user, platform_role)
    logbook.note_account(logbook.ADD, actor=actor, user=user)
    return password


@transaction.atomic
def switch(user: User, *, on: bool) -> None:
    """Switch an account off, which ends its sessions and sockets at once, or on again. `perform` says so in the log."""
    User.objects.filter(pk=user.pk).update(is_active=on)
    if not on:
        sessions.end_all(user)
        live.session_ended(user_id=user.pk)
    live.rights_changed(user.pk)
    waking.wake()


def set_password(request: HttpRequest, user: User, password: str) -> None:
    """Give a person in this session a new password, and end all their other sessions.

    Raises ValidationError for one that the validators refuse, or the one they have.
    """
    if user.check_password(password):
        raise ValidationError(_("This is the password you have. Choose another one."))
    validate_password(password, user)
    with transaction.atomic():
        user.set_password(password)
        user.must_change_password = False
        user.save(update_fields=["password", "must_change_password"])
        sessions.keep_after_new_password(request, user)
        logbook.note_account(logbook.PASSWORD, actor=Actor.of_request(request), user=user)
