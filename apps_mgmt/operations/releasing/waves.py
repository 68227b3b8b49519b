from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.spec import AppSpec, Waves
from portal.access import permissions
from portal.operations.fields import MultiPickerField, rows
from portal.operations.kinds import SPEC
from portal.operations.operation import Operation

ACROSS = [
    ("one-after-another", _("One after another")),
    ("together", _("All together")),
    ("first-then-rest", _("The first one, then the rest together")),
]
A_DAY = 86_400


class WaveRow(serializers.Serializer[Any]):
    """Clusters that go together, what comes after them, and how many of them may fail."""

    clusters = MultiPickerField(picker="cluster", label=_("Clusters"))
    pause = serializers.IntegerField(
        label=_("Pause after it, in seconds"), min_value=-1, max_value=A_DAY, required=False, allow_null=True,
        default=None, help_text=_("-1: until somebody lets it go on. Empty: as for the others."),
    )  # fmt: skip
    failures = serializers.IntegerField(
        label=_("May fail"), min_value=0, max_value=50, required=False, allow_null=True, default=None,
        help_text=_("Empty: as many as the release allows."),
    )  # fmt: skip


class SetWaves(Operation):
    """Choose in which order a release goes over the clusters, what it waits for in between, and how many may fail."""

    name = "release.waves"
    kind = SPEC
    title = _("Order of clusters")
    permission = permissions.APP_DEPLOY
    sentence = _("set the order of clusters: {told}")
    icon = "list-ordered"
    foresees = True
    example = {"across": "one-after-another", "pause": -1, "failures": 0, "order": [{"clusters": ["north"]}]}

    class Input(serializers.Serializer[Any]):
        across = serializers.ChoiceField(
            label=_("Order"), choices=ACROSS, required=False, default="one-after-another",
            help_text=_("For the clusters that no wave below names."),
        )  # fmt: skip
        order = rows(WaveRow, label=_("Waves"), most=50, least=0)
        pause = serializers.IntegerField(
            label=_("Pause after each, in seconds"), min_value=-1, max_value=A_DAY, required=False, default=0,
            help_text=_("-1: until somebody lets it go on."),
        )  # fmt: skip
        failures = serializers.IntegerField(
            label=_("Clusters that may fail"), min_value=0, max_value=50, required=False, default=0
        )

    def initial(self, value: AppSpec, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        return value.release.waves.model_dump(mode="json")

    def told(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        waves = [", ".join(row.get("clusters") or ()) for row in values.get("order") or () if isinstance(row, Mapping)]
        across = str(values.get("across", "…")).replace("-", " ")
        others = [] if waves and across == "one after another" else [across]
        return {**values, "told": "; ".join([*waves, *others])}

    def apply(self, value: AppSpec, resolved: Mapping[str, Any]) -> AppSpec:
        return value.with_release(waves=Waves(**resolved))
