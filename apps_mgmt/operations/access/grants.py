from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt import granting
from apps_mgmt.pages import ACCESS
from apps_mgmt.values import AppRecord
from portal.access import permissions
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.fields import PickerField
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from tenants.roles import rights_of_roles


class GrantAccess(Operation):
    """Let a member do more with this app than their role in the tenant allows."""

    name = "access.grant"
    kind = RECORD
    title = _("Give access")
    permission = permissions.TENANT_MEMBERS
    sentence = _("gave {user} the role {role} on this app")
    icon = "plus"
    page = ACCESS
    example = {"user": "vera", "role": "operator"}

    class Input(serializers.Serializer[Any]):
        user = PickerField(picker="member", label=_("Member"))
        role = PickerField(picker="role", label=_("Role on this app"))

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        app = context.subject
        granting.check_grant(context.actor, app, given["user"], given["role"], known=rights_of_roles(app.tenant))
        return given

    def apply(self, value: AppRecord, resolved: Mapping[str, Any]) -> AppRecord:
        grant = (resolved["user"], resolved["role"])
        return value.change(grants=tuple(sorted({*value.grants, grant})))


class RevokeAccess(Operation):
    """Take what a member may do on this app beyond their role in the tenant."""

    name = "access.revoke"
    kind = RECORD
    title = _("Take access")
    permission = permissions.TENANT_MEMBERS
    sentence = _("took the role {role} on this app from {user}")
    icon = "x"
    page = ACCESS
    allowed_while_locked = True
    example = {"user": "vera", "role": "operator"}

    class Input(serializers.Serializer[Any]):
        user = PickerField(picker="granted", label=_("Member"))
        role = PickerField(picker="role", label=_("Role on this app"))

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        app = context.subject
        granting.check_revoke(context.actor, app, given["user"], given["role"], known=rights_of_roles(app.tenant))
        return given

    def blocked(self, value: AppRecord) -> Any:
        return None if value.grants else _("Nobody has a role on this app beside their role in the tenant.")

    def apply(self, value: AppRecord, resolved: Mapping[str, Any]) -> AppRecord:
        grant = (resolved["user"], resolved["role"])
        if grant not in value.grants:
            sentence = _now("{user} does not have this role on the app. Choose one of those who have it.")
            raise Refused(sentence.format(user=resolved["user"][:150]), field="user")
        return value.change(grants=tuple(one for one in value.grants if one != grant))
