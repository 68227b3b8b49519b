from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.values import AppFacts
from portal.access import permissions
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.fields import MultiPickerField, TextField, readable
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases import taking_again
from releases.asking import StartRelease
from releases.operations.release import turns
from releases.states import ReleaseState


class StartReleaseOperation(Operation):
    """Deploy the draft: freeze it as a release and take it to the clusters it is placed on."""

    name = "release.start"
    kind = NOW
    reserves = True
    title = _("Deploy")
    permission = permissions.APP_DEPLOY
    sentence = _("started release {release}")
    icon = "rocket"
    example = {"note": "Banner for the sale"}

    class Input(serializers.Serializer[Any]):
        note = TextField(
            label=_("Why"), max_length=2000, validators=[readable], required=False, allow_blank=True, default="",
            help_text=_("Shown with the release, for those who look later."),
        )  # fmt: skip
        targets = MultiPickerField(
            picker="placed",
            label=_("Only on"),
            required=False,
            default=list,
            help_text=_("Nothing chosen: everywhere."),
        )
        supersede = turns.supersede()
        wait = turns.wait()

        class Meta:
            validators = (turns.one_of_both,)

    def hidden(self, value: AppFacts) -> Collection[str]:
        return (*turns.hidden(value), *(() if len(_placed(value)) > 1 else ("targets",)))

    def told(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        if values.get("state") != ReleaseState.WAITING:
            return values
        return {**values, "release": _("{number}, which waits for its turn").format(number=values.get("release"))}

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        """What was let go is its owner's: only the cluster knows what became of it."""
        found = taking_again.of_draft(context.subject, only=given["targets"], seconds=context.time_left())
        return {**given, "again": found}

    def apply(self, value: AppFacts, resolved: Mapping[str, Any]) -> StartRelease:
        if not value.spec.processes:
            raise Refused(_("There is no process yet, so nothing could run. Add one first."))
        placed = _placed(value)
        for name in resolved["targets"]:
            if name not in placed:
                sentence = _("It is not placed on {name}. Choose from {known}.")
                raise Refused(str(sentence).format(name=name, known=", ".join(placed)), field="targets")
        return StartRelease(
            revision=value.draft_revision,
            clusters=tuple(resolved["targets"]),
            note=resolved["note"],
            supersede=resolved["supersede"],
            wait=resolved["wait"],
            again=taking_again.again_in(resolved),
        )


def _placed(value: AppFacts) -> list[str]:
    return [one.cluster for one in value.spec.placement.targets] or list(value.clusters)
