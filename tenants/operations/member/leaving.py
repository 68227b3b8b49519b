from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import TENANT
from portal.errors import Forbidden, Refused
from portal.operations.context import Context
from portal.operations.fields import PickerField
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from tenants.operations.member.roles import check_giving
from tenants.operations.pages import MEMBERS
from tenants.values import TenantRecord


class RemoveMember(Operation):
    """End somebody's membership: their role, their rights on single apps and their API tokens here."""

    name = "member.remove"
    kind = RECORD
    subject = TENANT
    title = _("Remove a member")
    permission = permissions.TENANT_MEMBERS
    sentence = _("removed {user} from the members")
    icon = "x"
    page = MEMBERS
    allowed_while_locked = True
    example = {"user": "vera"}

    class Input(serializers.Serializer[Any]):
        user = PickerField(picker="member", label=_("Member"))

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        check_giving(self, context, given)
        return given

    def apply(self, value: TenantRecord, resolved: Mapping[str, Any]) -> TenantRecord:
        return value.without_member(resolved["user"])


class LeaveTenant(Operation):
    """End your own membership. Somebody who manages members can take you in again.

    It is for the person alone: a token that has a list of rights cannot do it.
    """

    name = "member.leave"
    kind = RECORD
    subject = TENANT
    title = _("Leave")
    permission = permissions.TENANT_VIEW
    sentence = _("left, as {user}")
    icon = "x"
    page = MEMBERS
    allowed_while_locked = True
    danger = _("You lose your role here, your rights on single apps and your API tokens of this tenant.")
    example = {"confirm": "boutique"}

    class Input(serializers.Serializer[Any]):
        pass

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        if context.actor.user_id is None:
            raise Refused(_now("Only a person can leave. Sign in, or use a token of that person."))
        if context.actor.rights_scope is not None:
            raise Forbidden(_now("This token has a list of rights, and leaving ends more than those. Leave on the page "
                                 "of the members, or with a token of yours that has no list."))  # fmt: skip
        return {**given, "user": context.actor.username}

    def apply(self, value: TenantRecord, resolved: Mapping[str, Any]) -> TenantRecord:
        return value.without_member(resolved["user"])
