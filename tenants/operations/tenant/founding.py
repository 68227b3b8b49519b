from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal import access
from portal.access import permissions
from portal.access.ref import PLATFORM, TENANT
from portal.access.roles import TENANT_ADMIN
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from tenants.models.tenant import NAME_LENGTH, check_name
from tenants.operations.member.roles import check_person
from tenants.operations.pages import TENANT as TENANT_PAGE
from tenants.operations.pages import TENANTS
from tenants.titles import check_title_of_tenant
from tenants.values import NewTenant, PlatformValue, TenantRecord


class CreateTenant(Operation):
    """Found a tenant and name its first admin, who takes everybody else in."""

    name = "tenant.create"
    kind = RECORD
    subject = PLATFORM
    title = _("Found a tenant")
    permission = permissions.PLATFORM_TENANTS
    sentence = _("founded the tenant {name}, with {user} as its admin")
    icon = "plus"
    page = TENANTS
    adds = True
    example = {"name": "atelier", "title": "Atelier", "user": "dora"}

    class Input(serializers.Serializer[Any]):
        name = serializers.CharField(
            label=_("Name"), max_length=NAME_LENGTH, help_text=_("Part of its namespaces' names; it never changes.")
        )
        title = serializers.CharField(label=_("Title"), max_length=100)
        user = serializers.CharField(
            label=_("First admin"), max_length=150, help_text=_("The user name of somebody who has an account.")
        )

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        check_person(given["user"])
        check_title_of_tenant(given["title"])
        return given

    def apply(self, value: PlatformValue, resolved: Mapping[str, Any]) -> PlatformValue:
        name = resolved["name"]
        try:
            check_name(name)
        except ValidationError as error:
            raise Refused(error.messages[0], field="name") from None
        if name in value.tenants:
            sentence = _now("There is a tenant {name} already. Choose another name.")
            raise Refused(sentence.format(name=name), field="name")
        return value.change(new=NewTenant(name, resolved["title"], resolved["user"]))


class AppointAdmin(Operation):
    """Make somebody an admin of a tenant, for when those it has are gone or away. Its members see it in their log."""

    name = "tenant.appoint"
    kind = RECORD
    subject = TENANT
    title = _("Appoint an admin")
    permission = permissions.PLATFORM_TENANTS
    sentence = _("made {user} an admin of the tenant")
    icon = "users"
    page = TENANT_PAGE
    example = {"user": "vera"}

    class Input(serializers.Serializer[Any]):
        user = serializers.CharField(
            label=_("User name"), max_length=150, help_text=_("Of somebody who has an account, a member or not.")
        )

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        check_person(given["user"])
        if given["user"] == context.actor.username:
            sentence = _now("Nobody makes themselves an admin: that would open a tenant's secrets. Ask {who}.")
            others = [one for one in access.holders(permissions.PLATFORM_TENANTS) if one != given["user"]]
            who = ", ".join(others) or _now("an admin of the tenant")
            raise Refused(sentence.format(who=who), code="appoints_self", field="user")
        return given

    def apply(self, value: TenantRecord, resolved: Mapping[str, Any]) -> TenantRecord:
        user = resolved["user"]
        if value.role_of(user) == TENANT_ADMIN:
            raise Refused(_now("{user} is an admin of it already.").format(user=user), field="user")
        return value.with_member(user, TENANT_ADMIN).change(appointed=user)


class DescribeTenant(Operation):
    """Change the title of a tenant."""

    name = "tenant.describe"
    kind = RECORD
    subject = TENANT
    title = _("Describe")
    permission = permissions.PLATFORM_TENANTS
    sentence = _("gave the tenant the title {title}")
    page = TENANT_PAGE
    example = {"title": "The boutique"}

    class Input(serializers.Serializer[Any]):
        title = serializers.CharField(label=_("Title"), max_length=100)

    def initial(self, value: TenantRecord, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"title": value.title}

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        check_title_of_tenant(given["title"], own=context.value.name)
        return given

    def apply(self, value: TenantRecord, resolved: Mapping[str, Any]) -> TenantRecord:
        return value.change(title=resolved["title"])
