from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.values import AppRecord
from portal.access import permissions
from portal.operations.fields import TextField, readable
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation


class LockApp(Operation):
    """Lock an app: nothing of its spec can be changed or deployed until it is unlocked, and everybody sees why."""

    name = "app.lock"
    kind = RECORD
    title = _("Lock")
    permission = permissions.APP_CONFIGURE
    sentence = _("locked it: {reason}")
    icon = "lock"
    example = {"reason": "Frozen until the audit is over"}

    class Input(serializers.Serializer[Any]):
        reason = TextField(label=_("Reason"), lines=1, validators=[readable], max_length=500)

    def blocked(self, value: AppRecord) -> Any:
        if value.locked_reason:
            return _("It is locked already. Unlock it first to give another reason.")
        return None

    def apply(self, value: AppRecord, resolved: Mapping[str, Any]) -> AppRecord:
        return value.change(locked_reason=resolved["reason"])


class UnlockApp(Operation):
    """Unlock an app."""

    name = "app.unlock"
    kind = RECORD
    title = _("Unlock")
    permission = permissions.APP_CONFIGURE
    sentence = _("unlocked it")
    icon = "lock-open"
    example: ClassVar[Mapping[str, Any]] = {}

    class Input(serializers.Serializer[Any]):
        """Nothing to fill in."""

    def blocked(self, value: AppRecord) -> Any:
        return None if value.locked_reason else _("It is not locked.")

    def apply(self, value: AppRecord, resolved: Mapping[str, Any]) -> AppRecord:
        return value.change(locked_reason="")
