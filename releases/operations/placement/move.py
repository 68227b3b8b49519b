from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.values import AppFacts
from portal.access import permissions
from portal.operations.context import Context
from portal.operations.fields import PickerField
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases import moving, taking_again
from releases.asking import MoveApp
from releases.operations.release import turns
from releases.states import ReleaseState


class MoveToCluster(Operation):
    """Move what runs from one cluster to another: the new one is filled and ready before the old one is emptied.

    It takes the right to deploy as well. Changes of the draft that are not deployed do not come with it.
    """

    name = "placement.move"
    kind = NOW
    reserves = True
    title = _("Move to another cluster")
    permission = permissions.APP_SCALE
    sentence = _("moved it from {from} to {to}{with}")
    icon = "truck"
    example = {"from": "north", "to": "west"}

    class Input(serializers.Serializer[Any]):
        to = PickerField(picker="cluster", label=_("To"))
        leave_data = serializers.BooleanField(
            label=_("Leave the data of its volumes where it is"), required=False, default=False,
            help_text=_("Data does not move: the new cluster begins with empty volumes, the old ones stay."),
        )  # fmt: skip
        note = turns.note()
        supersede = turns.supersede()
        wait = turns.wait()

        class Meta:
            validators = (turns.one_of_both,)

        def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
            # A name that Python keeps for itself.
            return {"from": PickerField(picker="placed", label=_("From")), **super().get_fields()}

    def initial(self, value: AppFacts, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        placed = [cluster for cluster, _number in value.deployed]
        free = [name for name in value.clusters if name not in placed]
        return {"from": placed[0] if placed else "", "to": free[0] if free else "", **chosen}

    def hidden(self, value: AppFacts) -> Collection[str]:
        return (*turns.hidden(value), *(() if value.keeps else ("leave_data",)))

    def blocked(self, value: AppFacts) -> Any:
        return None if value.deployed or value.releasing else _("It runs nowhere yet. Deploy it first.")

    def told(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        number = values.get("release")
        waits = values.get("state") == ReleaseState.WAITING
        said = _now(", with release {number}, which waits for its turn") if waits else _now(", with release {number}")
        return {**values, "with": said.format(number=number) if number else ""}

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        """What was let go is its owner's: only the cluster knows what became of it."""
        asked = self.apply(context.subject, given)
        spec_for = partial(moving.spec_for, context.subject, asked)
        return {**given, "again": taking_again.of_move(context.subject, spec_for, seconds=context.time_left())}

    def apply(self, value: AppFacts, resolved: Mapping[str, Any]) -> MoveApp:
        return MoveApp(
            source=resolved["from"],
            target=resolved["to"],
            leave_data=resolved["leave_data"],
            note=resolved["note"],
            supersede=resolved["supersede"],
            wait=resolved["wait"],
            again=taking_again.again_in(resolved),
        )
