from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import PLATFORM
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.fields import MultiPickerField, PickerField
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from tenants import freezes
from tenants.operations.freeze.fields import FreezeInput, filled, freeze_in, stamped
from tenants.operations.pages import PLATFORM_FREEZES
from tenants.values import PlatformValue


class SetPlatformFreeze(Operation):
    """Freeze all tenants, or some, for a while: what is deployed meanwhile waits until it is over.

    A freeze of the same name is changed: what waits for its end, and clusters that come to it later, keep to the new
    one.
    """

    name = "platform.freeze"
    kind = RECORD
    subject = PLATFORM
    title = _("Plan a freeze")
    permission = permissions.PLATFORM_TENANTS
    sentence = _("planned the freeze {name} from {begins} until {ends}")
    icon = "snowflake"
    page = PLATFORM_FREEZES
    example = {
        "name": "Data centre move",
        "begins": "2099-06-01T18:00",
        "ends": "2099-06-03T08:00",
        "reason": "The machines travel",
    }

    class Input(FreezeInput):
        only = MultiPickerField(
            picker="tenant", label=_("Only these tenants"), required=False, default=list,
            help_text=_("Nothing chosen: all of them."),
        )  # fmt: skip

    def initial(self, value: PlatformValue, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        return filled(value.freezes, chosen)

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        return stamped(context, given)

    def apply(self, value: PlatformValue, resolved: Mapping[str, Any]) -> PlatformValue:
        new, now = freeze_in(resolved), datetime.fromisoformat(resolved["at"])
        if unknown := sorted(set(new.only) - value.tenants):
            sentence = _("There is no tenant {names}. Choose from those there are.")
            raise Refused(str(sentence).format(names=", ".join(unknown)[:200]), field="only")
        return value.change(freezes=freezes.with_one(value.freezes, new, now=now))


class LiftPlatformFreeze(Operation):
    """Take a freeze out of the platform's calendar. What waits for it alone goes on at once."""

    name = "platform.thaw"
    kind = RECORD
    subject = PLATFORM
    title = _("Lift a freeze")
    permission = permissions.PLATFORM_TENANTS
    sentence = _("lifted the freeze {name}")
    icon = "sun"
    page = PLATFORM_FREEZES
    example = {"name": "Data centre move"}

    class Input(serializers.Serializer[Any]):
        name = PickerField(picker="freeze", label=_("Freeze"))

    def apply(self, value: PlatformValue, resolved: Mapping[str, Any]) -> PlatformValue:
        return value.change(freezes=freezes.without(value.freezes, resolved["name"]))
