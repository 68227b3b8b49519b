from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import PLATFORM
from portal.access.roles import PLATFORM_OPERATOR, PLATFORM_ROLES, TITLES
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from tenants import giving
from tenants.operations.member.roles import check_person
from tenants.operations.pages import PEOPLE
from tenants.values import PlatformValue

CHOICES = [(role, TITLES[role]) for role in sorted(PLATFORM_ROLES)]


class GivePlatformRole(Operation):
    """Let somebody operate the platform, or read the audit log of all tenants."""

    name = "platform.give_role"
    kind = RECORD
    subject = PLATFORM
    title = _("Give a platform role")
    permission = permissions.PLATFORM_TENANTS
    sentence = _("gave {user} the platform role {role}")
    icon = "plus"
    page = PEOPLE
    example = {"user": "dora", "role": "auditor"}

    class Input(serializers.Serializer[Any]):
        user = serializers.CharField(
            label=_("User name"), max_length=150, help_text=_("Of somebody who has an account.")
        )
        role = serializers.ChoiceField(label=_("Role"), choices=CHOICES)

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        check_person(given["user"])
        giving.check_platform(context.actor, before=context.value, after=self.apply(context.value, given))
        return given

    def apply(self, value: PlatformValue, resolved: Mapping[str, Any]) -> PlatformValue:
        return value.with_role(resolved["user"], resolved["role"])


class TakePlatformRole(Operation):
    """Take a platform role from somebody. The last platform operator keeps it."""

    name = "platform.take_role"
    kind = RECORD
    subject = PLATFORM
    title = _("Take a platform role")
    permission = permissions.PLATFORM_TENANTS
    sentence = _("took the platform role {role} from {user}")
    icon = "x"
    page = PEOPLE
    example = {"user": "dora", "role": "auditor"}

    class Input(serializers.Serializer[Any]):
        user = serializers.CharField(label=_("User name"), max_length=150)
        role = serializers.ChoiceField(label=_("Role"), choices=CHOICES)

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        giving.check_platform(context.actor, before=context.value, after=self.apply(context.value, given))
        return given

    def apply(self, value: PlatformValue, resolved: Mapping[str, Any]) -> PlatformValue:
        user, role = resolved["user"], resolved["role"]
        if (user, role) not in value.roles:
            sentence = _now("{user} does not have this role. Choose somebody who has it.")
            raise Refused(sentence.format(user=user[:150]), field="user")
        after = value.without_role(user, role)
        if role == PLATFORM_OPERATOR and not after.operators:
            sentence = _now("{user} is the last platform operator. Make somebody else one first.")
            raise Refused(sentence.format(user=user), code="last_operator", field="user")
        return after
