from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import RELEASE
from portal.errors import Refused
from portal.operations.fields import PickerField
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases.asking import ReleaseFacts, RetryTarget


class RetryTargetOperation(Operation):
    """Attempt the step that failed on a cluster again, while the release goes on elsewhere."""

    name = "release.retry"
    kind = NOW
    subject = RELEASE
    title = _("Try again")
    permission = permissions.APP_DEPLOY
    sentence = _("tried release {release} again on {cluster}")
    icon = "refresh-cw"
    example: ClassVar[Mapping[str, Any]] = {"cluster": "north"}

    class Input(serializers.Serializer[Any]):
        cluster = PickerField(picker="cluster", label=_("Cluster"))

    def blocked(self, value: ReleaseFacts) -> Any:
        return None if value.failed_on else _("It has failed on no cluster.")

    def initial(self, value: ReleaseFacts, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"cluster": value.failed_on[0]} if len(value.failed_on) == 1 else {}

    def apply(self, value: ReleaseFacts, resolved: Mapping[str, Any]) -> RetryTarget:
        cluster = resolved["cluster"]
        if cluster in value.clusters and cluster not in value.failed_on:
            sentence = _("Release {number} has not failed on {cluster}. Try it again where it has: {failed}.")
            words = {"number": value.number, "cluster": cluster, "failed": ", ".join(value.failed_on)}
            raise Refused(str(sentence).format(**words), field="cluster")
        return RetryTarget(cluster=resolved["cluster"])
