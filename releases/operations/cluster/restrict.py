from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import CLUSTER
from portal.operations.fields import TextField, readable
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from releases.clusters.values import ClusterValue


class RestrictCluster(Operation):
    """Restrict a cluster, as one of production: whoever deploys there needs the right to approve releases, too. What
    runs there runs on, and whoever may deploy can still stop a release.
    """

    name = "cluster.restrict"
    kind = RECORD
    subject = CLUSTER
    title = _("Restrict")
    permission = permissions.PLATFORM_CLUSTERS
    sentence = _("restricted the cluster: {reason}")
    icon = "lock"
    example = {"reason": "production"}

    class Input(serializers.Serializer[Any]):
        reason = TextField(
            label=_("Reason"),
            lines=1,
            validators=[readable],
            max_length=300,
            help_text=_("Shown to whoever wants to deploy there."),
        )

    def initial(self, value: ClusterValue, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"reason": value.restricted}

    def apply(self, value: ClusterValue, resolved: Mapping[str, Any]) -> ClusterValue:
        return value.change(restricted=resolved["reason"])


class UnrestrictCluster(Operation):
    """End the restriction of a cluster: the right to deploy is enough there again."""

    name = "cluster.unrestrict"
    kind = RECORD
    subject = CLUSTER
    title = _("End the restriction")
    permission = permissions.PLATFORM_CLUSTERS
    sentence = _("ended the restriction of the cluster")
    icon = "lock-open"
    example: ClassVar[Mapping[str, Any]] = {}

    class Input(serializers.Serializer[Any]):
        """Nothing to fill in."""

    def blocked(self, value: ClusterValue) -> Any:
        return None if value.restricted else _("The cluster is not restricted.")

    def apply(self, value: ClusterValue, resolved: Mapping[str, Any]) -> ClusterValue:
        return value.change(restricted="")
