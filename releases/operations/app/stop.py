from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.values import AppFacts
from portal.access import permissions
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases.asking import StartApp, StopApp
from releases.operations.nowhere import nowhere
from releases.operations.release import turns


class StopAppOperation(Operation):
    """Stop an app: all its instances go, everything else stays. Deploys keep it stopped until it is started."""

    name = "app.stop"
    kind = NOW
    title = _("Stop")
    permission = permissions.APP_OPERATE
    sentence = _("stopped it with release {release}")
    icon = "square"
    example: ClassVar[Mapping[str, Any]] = {}

    class Input(serializers.Serializer[Any]):
        """Nothing to fill in."""

    def blocked(self, value: AppFacts) -> Any:
        if sentence := nowhere(value):
            return sentence
        return _("It is stopped already.") if value.is_stopped else None

    def apply(self, value: AppFacts, resolved: Mapping[str, Any]) -> StopApp:
        return StopApp()


class StartAppOperation(Operation):
    """Start an app that was stopped, or whose stop ended half way: it runs, with the instances its settings ask for."""

    name = "app.start"
    kind = NOW
    title = _("Start")
    permission = permissions.APP_OPERATE
    sentence = _("started it with release {release}{over}")
    icon = "play"
    example: ClassVar[Mapping[str, Any]] = {}

    class Input(serializers.Serializer[Any]):
        """Nothing to fill in."""

    def told(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return turns.over_told(values)

    def blocked(self, value: AppFacts) -> Any:
        return None if value.stopped or value.half_stopped else _("It is not stopped.")

    def apply(self, value: AppFacts, resolved: Mapping[str, Any]) -> StartApp:
        return StartApp()
