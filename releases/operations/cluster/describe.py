from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import CLUSTER
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from releases.clusters.values import ClusterValue


class DescribeCluster(Operation):
    """Give a cluster another title."""

    name = "cluster.describe"
    kind = RECORD
    subject = CLUSTER
    title = _("Describe")
    permission = permissions.PLATFORM_CLUSTERS
    sentence = _("called the cluster {title}")
    example = {"title": "East, new hall"}

    class Input(serializers.Serializer[Any]):
        title = serializers.CharField(label=_("Title"), max_length=100)

    def initial(self, value: ClusterValue, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"title": value.title}

    def apply(self, value: ClusterValue, resolved: Mapping[str, Any]) -> ClusterValue:
        return value.change(title=resolved["title"])
