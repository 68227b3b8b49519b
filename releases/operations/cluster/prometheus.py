from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import CLUSTER
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from releases.clusters.values import ClusterValue
from tenants.clusters.servers import check_server


class SetPrometheus(Operation):
    """Say where the Prometheus of a cluster is, which metric checks of releases ask. Empty: there is none."""

    name = "cluster.prometheus"
    kind = RECORD
    subject = CLUSTER
    title = _("Prometheus")
    permission = permissions.PLATFORM_CLUSTERS
    sentence = _("set the Prometheus of the cluster to {address}")
    icon = "chart-line"
    example = {"address": "https://prometheus.example.com"}

    class Input(serializers.Serializer[Any]):
        address = serializers.CharField(
            label=_("Address"), max_length=500, required=False, allow_blank=True, default="",
            help_text=_("As https://prometheus.example.com; private ones are listed as servers of clusters are."),
        )  # fmt: skip

    def initial(self, value: ClusterValue, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"address": value.prometheus}

    def apply(self, value: ClusterValue, resolved: Mapping[str, Any]) -> ClusterValue:
        address = resolved["address"].rstrip("/")
        if address:
            check_server(address, allowed=settings.SLIPWAY_CLUSTER_SERVERS_ALLOWED)
        return value.change(prometheus=address)
