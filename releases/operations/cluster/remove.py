from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import CLUSTER
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases.clusters.values import ClusterValue, RemoveCluster

MOST_NAMED = 10


class Remove(Operation):
    """Forget a cluster and its credentials. Apps that run there have to leave first; nothing is changed in it."""

    name = "cluster.remove"
    kind = NOW
    subject = CLUSTER
    title = _("Remove")
    permission = permissions.PLATFORM_CLUSTERS
    sentence = _("removed the cluster")
    icon = "trash-2"
    danger = _("Slipway forgets the cluster and its credentials. What it made in the cluster stays there.")
    example: ClassVar[Mapping[str, Any]] = {"confirm": "east"}

    class Input(serializers.Serializer[Any]):
        """Nothing but the cluster's name, to confirm."""

    def blocked(self, value: ClusterValue) -> Any:
        if not value.apps:
            return None
        more = len(value.apps) - MOST_NAMED
        sentence = _now("{apps} still run on this cluster. Move or delete them first.")
        if more > 0:
            sentence = _now("{apps} and {more} more apps still run on this cluster. Move or delete them first.")
        return sentence.format(apps=", ".join(value.apps[:MOST_NAMED]), more=more)

    def apply(self, value: ClusterValue, resolved: Mapping[str, Any]) -> RemoveCluster:
        return RemoveCluster()
