from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import RELEASE
from portal.operations.context import Context
from portal.operations.fields import NumberPickerField, PickerField
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases.asking import ReleaseFacts, SkipStep
from releases.operations.release import answers


class SkipStepOperation(Operation):
    """Count the step under way on a cluster, or the one that failed there, as passed."""

    name = "release.skip"
    kind = NOW
    subject = RELEASE
    title = _("Skip step")
    permission = permissions.APP_DEPLOY
    sentence = _("skipped a step of release {release} on {cluster}")
    icon = "skip-forward"
    example: ClassVar[Mapping[str, Any]] = {"cluster": "north"}

    class Input(serializers.Serializer[Any]):
        cluster = PickerField(picker="cluster", label=_("Cluster"))
        step = NumberPickerField(
            picker="step", label=_("Step"), min_value=1, max_value=10_000, required=False, allow_null=True,
            default=None, help_text=_("Refused when it is not under way there any more. Blank: the only one that is."),
        )  # fmt: skip

    def blocked(self, value: ReleaseFacts) -> Any:
        if not value.spots:
            return _("No step of it is under way now, and none has failed.")
        return value.spots[0].why_not if all(one.why_not for one in value.spots) else None

    def initial(self, value: ReleaseFacts, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        cluster, step = (str(chosen.get(name) or "") for name in ("cluster", "step"))
        found = [one for one in value.spots if cluster in ("", one.cluster) and step in ("", str(one.step))]
        found = [one for one in found if not one.why_not] or found
        clusters, steps = {one.cluster for one in found}, {one.step for one in found}
        return {
            **({"cluster": clusters.pop()} if len(clusters) == 1 else {}),
            **({"step": steps.pop()} if len(steps) == 1 else {}),
        }

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        """Where nothing is under way on the cluster that is named, it is no matter what holds up the others."""
        value: ReleaseFacts = context.value
        cluster, there = given["cluster"], [one.cluster for one in value.spots]
        if there and cluster in value.clusters and cluster not in there:
            answers.to_skip(value, cluster, given["step"])
        return given

    def apply(self, value: ReleaseFacts, resolved: Mapping[str, Any]) -> SkipStep:
        if resolved["cluster"] not in value.clusters:
            return SkipStep(cluster=resolved["cluster"])
        spot = answers.to_skip(value, resolved["cluster"], resolved["step"])
        return SkipStep(cluster=spot.cluster, step=spot.step)
