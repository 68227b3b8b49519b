from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.spec import AppSpec
from apps_mgmt.spec.releasing import ALL_CAUSES, AutoRollback
from portal.access import permissions
from portal.operations.kinds import SPEC
from portal.operations.operation import Operation

PACES = [("at-once", _("At once")), ("in-batches", _("In batches, of the size that the strategy has"))]


class SetAutoRollback(Operation):
    """Choose whether a release that fails goes back by itself, and on what."""

    name = "release.auto_rollback"
    kind = SPEC
    title = _("Going back by itself")
    permission = permissions.APP_DEPLOY
    sentence = _("changed when it goes back by itself")
    icon = "undo-2"
    example = {"on": True, "failed_step": False}

    class Input(serializers.Serializer[Any]):
        on = serializers.BooleanField(label=_("Go back by itself"), required=False, default=True)
        failed_step = serializers.BooleanField(label=_("When a step fails"), required=False, default=True)
        failed_check = serializers.BooleanField(label=_("When a check fails"), required=False, default=True)
        crash_loop = serializers.BooleanField(label=_("When new instances keep crashing"), required=False, default=True)
        deadline = serializers.BooleanField(label=_("When there is no progress in time"), required=False, default=True)
        pace = serializers.ChoiceField(
            label=_("How"), choices=PACES, required=False, default="at-once",
            help_text=_("Also when somebody aborts it. In batches: where new instances stand beside the old ones."),
        )  # fmt: skip

    def initial(self, value: AppSpec, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        policy = value.release.auto_rollback
        return {"on": policy.on, "pace": policy.pace, **{_field(cause): cause in policy.causes for cause in ALL_CAUSES}}

    def apply(self, value: AppSpec, resolved: Mapping[str, Any]) -> AppSpec:
        causes = tuple(cause for cause in ALL_CAUSES if resolved[_field(cause)])
        return value.with_release(auto_rollback=AutoRollback(on=resolved["on"], causes=causes, pace=resolved["pace"]))


def _field(cause: str) -> str:
    return cause.replace("-", "_")
