"""What somebody has to do before anything else: change a first password, or add the second factor they must have."""

from __future__ import annotations

from django.conf import settings

from portal import access
from portal.access import Actor
from portal.access.actor import SESSION
from tenants.accounts import factors
from tenants.models import User

PASSWORD, SECOND_FACTOR = "account-password", "account-second-factor"
# What somebody may do before: these duties, whatever they need for it, and go.
OPEN = {
    PASSWORD: {PASSWORD, "account-confirm", "sign-out"},
    SECOND_FACTOR: {SECOND_FACTOR, PASSWORD, "account-confirm", "sign-out"},
}


def first_of(user: User) -> str:
    """The name of the page that a signed-in person has to go to first; "" for none."""
    if user.must_change_password:
        return PASSWORD
    if must_have_second_factor(user) and not factors.has(user):
        return SECOND_FACTOR
    return ""


def must_have_second_factor(user: User) -> bool:
    """Whether a person may not be without a second factor: who has rights over the platform, where it is asked for."""
    if not settings.REQUIRE_SECOND_FACTOR_FOR_PLATFORM:
        return False
    return bool(access.platform_rights(Actor.of_user(user, how=SESSION)))
