from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import TENANT
from portal.operations.context import Context
from portal.operations.fields import MultiPickerField, PickerField
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from tenants import freezes
from tenants.operations.freeze.fields import FreezeInput, filled, freeze_in, stamped
from tenants.operations.pages import FREEZES
from tenants.values import TenantRecord


class SetFreeze(Operation):
    """Freeze apps of a tenant for a while: what is deployed meanwhile waits until it is over.

    Going back to what ran before never waits. Releases that began while nothing was or would be frozen go on. All
    others keep to the calendar as it is now: a freeze of the same name is changed, and what waits for its end, and
    clusters that come to it later, keep to the new one.
    """

    name = "freeze.set"
    kind = RECORD
    subject = TENANT
    title = _("Plan a freeze")
    permission = permissions.TENANT_STRATEGIES
    sentence = _("planned the freeze {name} from {begins} until {ends}")
    icon = "snowflake"
    page = FREEZES
    example = {
        "name": "Year end",
        "begins": "2099-12-20T18:00",
        "ends": "2100-01-02T08:00",
        "time_zone": "Europe/Berlin",
        "reason": "The books are closed",
    }

    class Input(FreezeInput):
        only = MultiPickerField(
            picker="app", label=_("Only these apps"), required=False, default=list,
            help_text=_("Nothing chosen: all of the tenant."),
        )  # fmt: skip

    def initial(self, value: TenantRecord, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        return filled(value.freezes, chosen)

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        return stamped(context, given)

    def apply(self, value: TenantRecord, resolved: Mapping[str, Any]) -> TenantRecord:
        now = datetime.fromisoformat(resolved["at"])
        return value.change(freezes=freezes.with_one(value.freezes, freeze_in(resolved), now=now))


class LiftFreeze(Operation):
    """Take a freeze out of a tenant's calendar. What waits for it alone goes on at once."""

    name = "freeze.lift"
    kind = RECORD
    subject = TENANT
    title = _("Lift a freeze")
    permission = permissions.TENANT_STRATEGIES
    sentence = _("lifted the freeze {name}")
    icon = "sun"
    page = FREEZES
    example = {"name": "Year end"}

    class Input(serializers.Serializer[Any]):
        name = PickerField(picker="freeze", label=_("Freeze"))

    def apply(self, value: TenantRecord, resolved: Mapping[str, Any]) -> TenantRecord:
        return value.change(freezes=freezes.without(value.freezes, resolved["name"]))
