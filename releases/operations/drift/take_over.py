from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.values import AppFacts
from portal.access import permissions
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.fields import TextField, readable
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases.asking import TakeOver
from releases.drift.taking import chosen
from releases.operations.drift.fields import cluster_field, object_field
from releases.scaled import AUTOSCALER, REPLICAS


class TakeOverDrift(Operation):
    """Take back what another manager changed on a cluster: a release of what runs there, which prevails over it."""

    name = "drift.take_over"
    kind = NOW
    reserves = True
    title = _("Take over")
    permission = permissions.APP_DEPLOY
    sentence = _("{taken} with release {release}{besides}")
    icon = "shield-check"
    example = {"cluster": "north", "object": "Deployment/shop--web"}

    class Input(serializers.Serializer[Any]):
        cluster = cluster_field()
        object = object_field(_("Kind and name, like Deployment/shop--web. Blank: whatever was changed there."))
        of_release = serializers.IntegerField(
            label=_("With release"), min_value=1, required=False, allow_null=True, default=None,
            help_text=_("The last release, when it met the conflict: its revision is released again, everywhere."),
        )  # fmt: skip
        note = TextField(
            label=_("Why"), max_length=2000, validators=[readable], required=False, allow_blank=True, default=""
        )

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        """What belongs to whom at this moment goes into the log."""
        taken = chosen(context.subject, cluster=given["cluster"], key=given["object"])
        return {
            **given,
            "objects": sorted({one.object for one in taken}),
            "managers": sorted({one.manager for one in taken if one.manager}),
            "taken": [{"object": one.object, "field": one.field, "manager": one.manager} for one in taken],
        }

    def told(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """What was removed, or has no owner, was nobody's by name. A number that an autoscaler sets is not said to be
        taken back: while the autoscaler is there, it sets the number again.
        """
        numbers, others = _split(values.get("taken") or ())
        if not numbers:
            taken = _back(values, values.get("objects") or (), values.get("managers") or ())
            return {**values, "taken": taken, "besides": ""}
        again = gettext("; an autoscaler that is still there sets the number of instances of {objects} again")
        besides = again.format(objects=_listed(numbers))
        if not others:
            words = gettext("set the number of instances of {objects} on {cluster}")
            taken = words.format(objects=_listed(numbers), cluster=values.get("cluster", ""))
            return {**values, "taken": taken, "besides": gettext("; an autoscaler that is still there sets it again")}
        objects = {one["object"] for one in others}
        managers = {one["manager"] for one in others if one["manager"]}
        return {**values, "taken": _back(values, objects, managers), "besides": besides}

    def apply(self, value: AppFacts, resolved: Mapping[str, Any]) -> TakeOver:
        if not resolved["taken"]:
            sentence = _("Nothing that Slipway set there is known to belong to somebody else. Look at the app's page.")
            raise Refused(sentence, field="object" if resolved["object"] else "cluster")
        return TakeOver(
            cluster=resolved["cluster"],
            taken=tuple((one["object"], one["field"], one["manager"]) for one in resolved["taken"]),
            release=resolved["of_release"] or 0,
            note=resolved["note"],
        )


def _split(taken: Iterable[Mapping[str, str]]) -> tuple[list[str], list[Mapping[str, str]]]:
    """The objects whose numbers an autoscaler sets; and what is taken from others."""
    numbers, others = set(), []
    for one in taken:
        if (one["field"], one["manager"]) == (REPLICAS, AUTOSCALER):
            numbers.add(one["object"])
        else:
            others.append(one)
    return sorted(numbers), others


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _back(values: Mapping[str, Any], objects: Iterable[str], managers: Iterable[str]) -> str:
    words = gettext("took {objects} on {cluster} back from {managers}")
    by = _listed(managers) or gettext("somebody")
    return words.format(objects=_listed(objects), cluster=values.get("cluster", ""), managers=by)
