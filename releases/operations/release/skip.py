from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import RELEASE
from portal.operations.fields import PickerField
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases.asking import ReleaseFacts, SkipStep


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

    def apply(self, value: ReleaseFacts, resolved: Mapping[str, Any]) -> SkipStep:
        return SkipStep(cluster=resolved["cluster"])
