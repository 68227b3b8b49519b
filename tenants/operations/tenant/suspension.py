from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import TENANT
from portal.operations.fields import TextField, readable
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from tenants.operations.pages import TENANT as TENANT_PAGE
from tenants.values import TenantRecord


class SuspendTenant(Operation):
    """Stop every edit and deploy of a tenant, with a reason its members see. Its apps run on.

    Releases under way go on to their end on the clusters where they have begun, and can be stopped; they come to no
    other cluster, and those that wait do not begin. Members can still leave or be taken out, and access and tokens be
    taken away. What the platform does to the tenant is not held up.
    """

    name = "tenant.suspend"
    kind = RECORD
    subject = TENANT
    title = _("Suspend")
    permission = permissions.PLATFORM_TENANTS
    sentence = _("suspended the tenant: {reason}")
    icon = "ban"
    page = TENANT_PAGE
    danger = _(
        "Nobody in the tenant can change or deploy anything until it is resumed. Its apps run on, and releases under "
        "way go on where they have begun; they come to no other cluster, and those that wait do not begin."
    )
    example = {"reason": "invoice 2211 is open", "confirm": "boutique"}

    class Input(serializers.Serializer[Any]):
        reason = TextField(
            label=_("Reason"),
            lines=1,
            validators=[readable],
            max_length=300,
            help_text=_("Shown to the members of the tenant."),
        )

    def apply(self, value: TenantRecord, resolved: Mapping[str, Any]) -> TenantRecord:
        return value.change(suspended=resolved["reason"])


class ResumeTenant(Operation):
    """End the suspension of a tenant. Releases that waited for that begin, or go on to their next cluster."""

    name = "tenant.resume"
    kind = RECORD
    subject = TENANT
    title = _("Resume")
    permission = permissions.PLATFORM_TENANTS
    sentence = _("ended the suspension of the tenant")
    icon = "play"
    page = TENANT_PAGE
    example = {}

    class Input(serializers.Serializer[Any]):
        pass

    def blocked(self, value: TenantRecord) -> Any:
        return None if value.suspended else _("The tenant is not suspended.")

    def apply(self, value: TenantRecord, resolved: Mapping[str, Any]) -> TenantRecord:
        return value.change(suspended="")
