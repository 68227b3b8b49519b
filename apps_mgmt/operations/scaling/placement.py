from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from rest_framework import serializers

from apps_mgmt.spec import AppSpec, Target
from portal.access import permissions
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.fields import PickerField, rows
from portal.operations.kinds import SPEC
from portal.operations.operation import Operation


class TargetRow(serializers.Serializer[Any]):
    """A cluster with a weight, or with a number of instances of its own."""

    cluster = PickerField(picker="cluster", label=_("Cluster"))
    weight = serializers.IntegerField(label=_("Weight"), min_value=0, max_value=1000, required=False, default=1)
    own = serializers.IntegerField(
        label=_("Own number"), min_value=0, max_value=500, required=False, allow_null=True, default=None,
        help_text=_("Taken out of the total first."),
    )  # fmt: skip


class SetTargets(Operation):
    """Choose the clusters an app runs on. The instances of each process are divided over them by weight."""

    name = "placement.targets"
    kind = SPEC
    title = _("Clusters")
    permission = permissions.APP_SCALE
    sentence = _("placed it on {targets}")
    icon = "server"
    example = {"targets": [{"cluster": "north", "weight": 2}, {"cluster": "south", "weight": 1}]}

    class Input(serializers.Serializer[Any]):
        targets = rows(TargetRow, label=_("Clusters"), most=50)

    def initial(self, value: AppSpec, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"targets": [one.model_dump(mode="json") for one in value.placement.targets]}

    def told(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        rows = [row for row in values.get("targets") or () if isinstance(row, Mapping)]
        weights = {row.get("weight", 1) for row in rows if row.get("own") is None}
        weighed = len(weights) > 1 or weights == {0}
        return {**values, "targets": ", ".join(_in_words(row, weighed=weighed) for row in rows) or _("no cluster")}

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        """Too large own numbers are refused here, not by `apply`: old logs have them, and replay."""
        _refuse_more_than_there_are(context.value, given["targets"])
        return given

    def apply(self, value: AppSpec, resolved: Mapping[str, Any]) -> AppSpec:
        return value.with_targets(Target(**row) for row in resolved["targets"])


def _refuse_more_than_there_are(spec: AppSpec, targets: Iterable[Mapping[str, Any]]) -> None:
    """Own numbers that no process could fill would be cut silently, and the other clusters left with nothing."""
    asked = sum(row.get("own") or 0 for row in targets)
    most = max((one.autoscaler.ceiling if one.autoscaler else one.replicas for one in spec.processes), default=asked)
    if asked > most:
        sentence = ngettext(
            "Own numbers are taken out of the total, and {asked} are more than the {most} instance there is. "
            "Scale it up first, or write smaller numbers.",
            "Own numbers are taken out of the total, and {asked} are more than the {most} instances there are. "
            "Scale it up first, or write smaller numbers.",
            most,
        )
        raise Refused(sentence.format(asked=asked, most=most), field="targets")


def _in_words(row: Mapping[str, Any], *, weighed: bool) -> str:
    """A cluster as a person would say it: with its own number of instances, or its weight where weights differ."""
    cluster, own = row.get("cluster", "…"), row.get("own")
    if own is not None:
        return _now("{cluster} with {own} of its own").format(cluster=cluster, own=own)
    if not weighed:
        return str(cluster)
    return _now("{cluster} by weight {weight}").format(cluster=cluster, weight=row.get("weight", 1))
