from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.values import AppFacts
from portal.access import permissions
from portal.operations.context import Context
from portal.operations.fields import PickerField
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases.asking import RestartProcess
from releases.operations.nowhere import nowhere


class RestartProcessOperation(Operation):
    """Replace the instances of a process, or of all, by new ones of the same revision: a few at a time, or
    where the app is released by recreate, all instances of the app on a cluster at once.
    """

    name = "process.restart"
    kind = NOW
    reserves = True
    title = _("Restart")
    permission = permissions.APP_OPERATE
    sentence = _("restarted {process} with release {release}")
    icon = "rotate-cw"
    example = {"process": "web"}

    class Input(serializers.Serializer[Any]):
        process = PickerField(
            picker="process", label=_("Process"), required=False, allow_blank=True, default="",
            help_text=_("Blank: all processes."),
        )  # fmt: skip

    def told(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**values, "process": values.get("process") or str(_("all processes"))}

    def blocked(self, value: AppFacts) -> Any:
        if sentence := nowhere(value):
            return sentence
        return _("It is stopped. Start it instead.") if value.is_stopped else None

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        return {**given, "at": timezone.now().isoformat(timespec="seconds")}

    def apply(self, value: AppFacts, resolved: Mapping[str, Any]) -> RestartProcess:
        if resolved["process"]:
            value.spec.process(resolved["process"])
        return RestartProcess(process=resolved["process"], at=resolved["at"])
