from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import TENANT
from portal.access.roles import VIEWER
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.fields import PickerField
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from tenants import giving
from tenants.models import User
from tenants.operations.pages import MEMBERS
from tenants.values import TenantRecord


class AddMember(Operation):
    """Make somebody who has an account a member of the tenant, with one role."""

    name = "member.add"
    kind = RECORD
    subject = TENANT
    title = _("Add a member")
    permission = permissions.TENANT_MEMBERS
    sentence = _("made {user} a member with the role {role}")
    icon = "plus"
    page = MEMBERS
    example = {"user": "dora", "role": "viewer"}

    class Input(serializers.Serializer[Any]):
        user = serializers.CharField(
            label=_("User name"), max_length=150, help_text=_("Of somebody who has an account.")
        )
        role = PickerField(picker="role", label=_("Role"), default=VIEWER)

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        check_person(given["user"])
        check_giving(self, context, given)
        return given

    def apply(self, value: TenantRecord, resolved: Mapping[str, Any]) -> TenantRecord:
        user, role = resolved["user"], resolved["role"]
        if value.role_of(user) not in ("", role):
            sentence = _now("{user} is a member already, as {role}. Change the role instead.")
            raise Refused(sentence.format(user=user, role=value.title_of(value.role_of(user))), field="user")
        return value.with_member(user, role)


class ChangeMemberRole(Operation):
    """Give a member another role in place of the one they have."""

    name = "member.role"
    kind = RECORD
    subject = TENANT
    title = _("Change the role")
    permission = permissions.TENANT_MEMBERS
    sentence = _("gave {user} the role {role}")
    page = MEMBERS
    example = {"user": "vera", "role": "operator"}

    class Input(serializers.Serializer[Any]):
        user = PickerField(picker="member", label=_("Member"))
        role = PickerField(picker="role", label=_("Role"))

    def initial(self, value: TenantRecord, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"role": value.role_of(str(chosen.get("user", "")))}

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        check_giving(self, context, given)
        return given

    def apply(self, value: TenantRecord, resolved: Mapping[str, Any]) -> TenantRecord:
        user = resolved["user"]
        if not value.role_of(user):
            sentence = _now("{user} is not a member of {tenant}. Add them first.")
            raise Refused(sentence.format(user=user[:150], tenant=value.name), field="user")
        return value.with_member(user, resolved["role"])


def check_person(username: str) -> None:
    """Refused unless there is an account with this name that is switched on."""
    if not User.objects.filter(username=username, is_active=True).exists():
        sentence = _now("There is no active account {user}. Check the user name.")
        raise Refused(sentence.format(user=username[:150]), field="user")


def check_giving(operation: Operation, context: Context, given: dict[str, Any]) -> None:
    """Forbidden when what the operation would do gives or takes more than the actor has."""
    after = operation.apply(context.value, given)
    giving.check(context.actor, tenant_id=context.subject.pk, before=context.value, after=after)
