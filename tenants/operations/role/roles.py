from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import TENANT
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.fields import MultiPickerField, PickerField
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from tenants.operations.member.roles import check_giving
from tenants.operations.pages import ROLES
from tenants.values import Role, TenantRecord

MOST_ROLES = 30
_NAME = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?", re.ASCII)


class DefineRole(Operation):
    """Make a role of the tenant's own, or change what one may do. Its members have the new rights at once."""

    name = "role.define"
    kind = RECORD
    subject = TENANT
    title = _("Define a role")
    permission = permissions.TENANT_MEMBERS
    sentence = _("defined the role {name}: {rights}")
    icon = "plus"
    page = ROLES
    example = {"name": "release-manager", "title": "Release manager", "rights": ["app.deploy", "app.view"]}

    class Input(serializers.Serializer[Any]):
        name = serializers.CharField(
            label=_("Name"), max_length=30, help_text=_("Lower-case letters, digits and hyphens, like release-manager.")
        )
        title = serializers.CharField(label=_("Title"), max_length=60)
        rights = MultiPickerField(
            picker="right", label=_("May"),
            help_text=_("Seeing the tenant is always among them, and so is leaving it. What acts on apps takes the "
                        "right to see them, too."),
        )  # fmt: skip

    def initial(self, value: TenantRecord, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        known = next((one for one in value.roles if one.name == chosen.get("name")), None)
        return {"title": known.title, "rights": list(known.rights)} if known else {}

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        # Without seeing it there would be no page of the tenant for its members, and no way out.
        always = {permissions.TENANT_VIEW} if given["rights"] else set()
        given = {**given, "rights": sorted({*given["rights"], *always})}
        check_giving(self, context, given)
        return given

    def apply(self, value: TenantRecord, resolved: Mapping[str, Any]) -> TenantRecord:
        name, rights = resolved["name"], tuple(resolved["rights"])
        if not _NAME.fullmatch(name):
            raise Refused(_now("Use lower-case letters, digits and hyphens, starting with a letter."), field="name")
        if unknown := sorted(set(rights) - permissions.TENANT):
            sentence = _now("There is no right {names} in a tenant. Choose rights of the list.")
            raise Refused(sentence.format(names=", ".join(one[:64] for one in unknown[:5])), field="rights")
        if not rights:
            raise Refused(_now("A role has to allow something. Tick at least one right."), field="rights")
        if words := permissions.lacking_words(rights):
            raise Refused(words, field="rights")
        after = value.with_role(Role(name, resolved["title"], rights))
        if len(after.roles) > MOST_ROLES:
            raise Refused(_now("A tenant has at most {most} roles of its own.").format(most=MOST_ROLES), field="name")
        return after


class RemoveRole(Operation):
    """Take a role of the tenant's own away. Refused while somebody has it."""

    name = "role.remove"
    kind = RECORD
    subject = TENANT
    title = _("Remove a role")
    permission = permissions.TENANT_MEMBERS
    sentence = _("removed the role {role}")
    icon = "x"
    page = ROLES
    example = {"role": "release-manager"}

    class Input(serializers.Serializer[Any]):
        role = PickerField(picker="own_role", label=_("Role"))

    def blocked(self, value: TenantRecord) -> Any:
        return None if value.roles else _("The tenant has no role of its own.")

    def apply(self, value: TenantRecord, resolved: Mapping[str, Any]) -> TenantRecord:
        return value.without_role(resolved["role"])
