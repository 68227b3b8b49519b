from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.values import AppFacts
from portal.access import permissions
from portal.operations.context import Context
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases import taking_again
from releases.asking import Redeploy
from releases.operations.release import turns


class RedeployRelease(Operation):
    """Deploy again what runs, or what an earlier release brought: as it was frozen, with the strategy of that time."""

    name = "release.redeploy"
    kind = NOW
    reserves = True
    title = _("Deploy again")
    permission = permissions.APP_DEPLOY
    sentence = _("deployed revision {again} again with release {release}{over}")
    icon = "repeat"
    example: ClassVar[Mapping[str, Any]] = {"note": "The registry lost an image"}

    class Input(serializers.Serializer[Any]):
        release = serializers.IntegerField(
            label=_("Release"), min_value=1, required=False, allow_null=True, default=None,
            help_text=_("Blank: what runs."),
        )  # fmt: skip
        note = turns.note()
        supersede = turns.supersede()
        wait = turns.wait()

        class Meta:
            validators = (turns.one_of_both,)

    def initial(self, value: AppFacts, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"release": chosen["release"]} if chosen.get("release") else {}

    def hidden(self, value: AppFacts) -> Collection[str]:
        return turns.hidden(value)

    def told(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return turns.over_told(values)

    def blocked(self, value: AppFacts) -> Any:
        return None if value.deployed else _("It runs nowhere yet. Deploy it first.")

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        """What was let go is its owner's: only the cluster knows what became of it."""
        asked = self.apply(context.subject, given)
        return {**given, "again": taking_again.of_going_back(context.subject, asked, seconds=context.time_left())}

    def apply(self, value: AppFacts, resolved: Mapping[str, Any]) -> Redeploy:
        return Redeploy(
            number=resolved["release"] or 0,
            note=resolved["note"],
            supersede=resolved["supersede"],
            wait=resolved["wait"],
            again=taking_again.again_in(resolved),
        )
