from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.values import AppFacts
from portal.access import permissions
from portal.operations.context import Context
from portal.operations.fields import MultiPickerField
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases import taking_again
from releases.asking import RollBack
from releases.operations.release import turns

WHAT = [("both", _("Image and configuration")), ("image", _("Image only")), ("configuration", _("Configuration only"))]
PACES = [("at-once", _("At once: each process by its own rolling update")), ("in-batches", _("By the app's strategy"))]
SECRETS = [("today", _("Today's")), ("frozen", _("As they were then"))]


class RollBackRelease(Operation):
    """Bring an earlier release back, as a new release of its revision."""

    name = "release.rollback"
    kind = NOW
    reserves = True
    title = _("Roll back")
    permission = permissions.APP_DEPLOY
    sentence = _("started release {release} to go back to release {back_to}{over}")
    icon = "undo-2"
    example: ClassVar[Mapping[str, Any]] = {"what": "both"}

    class Input(serializers.Serializer[Any]):
        release = serializers.IntegerField(
            label=_("Release"), min_value=1, required=False, allow_null=True, default=None,
            help_text=_("Blank: what succeeded there before."),
        )  # fmt: skip
        targets = MultiPickerField(
            picker="cluster", label=_("Only on"), required=False, default=list,
            help_text=_("Nothing chosen: everywhere, or where the last release failed."),
        )  # fmt: skip
        what = serializers.ChoiceField(label=_("What"), choices=WHAT, required=False, default="both")
        pace = serializers.ChoiceField(
            label=_("How"), choices=PACES, required=False, default="at-once",
            help_text=_("By its strategy it waits for what that waits for; a rolling one goes in batches of 25%."),
        )  # fmt: skip
        secrets = serializers.ChoiceField(label=_("Secrets"), choices=SECRETS, required=False, default="today")
        note = turns.note()
        supersede = turns.supersede()
        wait = turns.wait()

        class Meta:
            validators = (turns.one_of_both,)

    def initial(self, value: AppFacts, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        return {name: chosen[name] for name in ("release", "targets") if chosen.get(name)}

    def hidden(self, value: AppFacts) -> Collection[str]:
        one_at_a_time = value.spec.release.strategy.kind == "recreate"
        alone = len(value.clusters) < 2
        return (*turns.hidden(value), *(("pace",) if one_at_a_time else ()), *(("targets",) if alone else ()))

    def told(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return turns.over_told(values)

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        """What was let go is its owner's: only the cluster knows what became of it."""
        asked = self.apply(context.subject, given)
        return {**given, "again": taking_again.of_going_back(context.subject, asked, seconds=context.time_left())}

    def apply(self, value: AppFacts, resolved: Mapping[str, Any]) -> RollBack:
        return RollBack(
            number=resolved["release"] or 0,
            clusters=tuple(resolved["targets"]),
            what=resolved["what"],
            pace=resolved["pace"],
            frozen_secrets=resolved["secrets"] == "frozen",
            note=resolved["note"],
            supersede=resolved["supersede"],
            wait=resolved["wait"],
            again=taking_again.again_in(resolved),
        )
