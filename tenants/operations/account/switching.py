from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import PLATFORM
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from tenants.accounts.operating import FACTOR, OFF, ON, SESSIONS
from tenants.operations.pages import ACCOUNTS
from tenants.values import AccountChange, PlatformValue


class _Named(serializers.Serializer[Any]):
    user = serializers.CharField(label=_("User name"), max_length=150)


class DisableAccount(Operation):
    """Switch an account off: its sessions and sockets end at once, and its API tokens do nothing.

    Refused for the last admin of a tenant and the last platform operator. What the person may do is kept for when it is
    switched on again.
    """

    name = "account.disable"
    kind = RECORD
    subject = PLATFORM
    title = _("Switch an account off")
    permission = permissions.PLATFORM_TENANTS
    sentence = _("switched the account off")
    icon = "ban"
    page = ACCOUNTS
    example = {"user": "dora"}
    Input = _Named

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        if given["user"] == context.actor.username:
            raise Refused(_now("Your own account stays on. Ask another platform operator."), field="user")
        return given

    def apply(self, value: PlatformValue, resolved: Mapping[str, Any]) -> PlatformValue:
        return value.change(new=AccountChange(resolved["user"], OFF))


class EnableAccount(Operation):
    """Switch an account on again, with all it could do before."""

    name = "account.enable"
    kind = RECORD
    subject = PLATFORM
    title = _("Switch an account on")
    permission = permissions.PLATFORM_TENANTS
    sentence = _("switched the account on")
    icon = "play"
    page = ACCOUNTS
    example = {"user": "dora"}
    Input = _Named

    def apply(self, value: PlatformValue, resolved: Mapping[str, Any]) -> PlatformValue:
        return value.change(new=AccountChange(resolved["user"], ON))


class EndSessions(Operation):
    """Sign a person out everywhere. Their API tokens go on."""

    name = "account.end_sessions"
    kind = RECORD
    subject = PLATFORM
    title = _("End all sessions")
    permission = permissions.PLATFORM_TENANTS
    sentence = _("ended all sessions")
    icon = "log-out"
    page = ACCOUNTS
    example = {"user": "dora"}
    Input = _Named

    def apply(self, value: PlatformValue, resolved: Mapping[str, Any]) -> PlatformValue:
        return value.change(new=AccountChange(resolved["user"], SESSIONS))


class ResetFactor(Operation):
    """Take the second factor from somebody who has lost it, recovery codes and all, and end their sessions.

    Make sure first, and not by what comes through the same account, that it is they who ask.
    """

    name = "account.reset_factor"
    kind = RECORD
    subject = PLATFORM
    title = _("Reset the second factor")
    permission = permissions.PLATFORM_TENANTS
    sentence = _("reset the second factor")
    icon = "key-round"
    page = ACCOUNTS
    example = {"user": "dora"}
    Input = _Named

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        if given["user"] == context.actor.username:
            sentence = _now("Your own second factor is removed on your account page, which asks again who you are.")
            raise Refused(sentence, field="user")
        return given

    def apply(self, value: PlatformValue, resolved: Mapping[str, Any]) -> PlatformValue:
        return value.change(new=AccountChange(resolved["user"], FACTOR))
