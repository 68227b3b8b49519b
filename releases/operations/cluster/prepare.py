from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import CLUSTER
from portal.errors import Refused
from portal.operations.fields import PickerField
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases.clusters.values import ClusterValue, PrepareCluster


class Prepare(Operation):
    """Make ready again what has to stand on a cluster: a tenant's namespace, or Slipway's own account and all of
    those."""

    name = "cluster.prepare"
    kind = NOW
    subject = CLUSTER
    title = _("Make ready")
    permission = permissions.PLATFORM_CLUSTERS
    sentence = _("asked to make the cluster ready again")
    icon = "wrench"
    example: ClassVar[Mapping[str, Any]] = {}

    class Input(serializers.Serializer[Any]):
        tenant = PickerField(
            picker="tenant_here",
            label=_("Tenant"),
            required=False,
            allow_blank=True,
            default="",
            help_text=_("Blank for all: Slipway's own part of the cluster, and the namespace of every tenant there."),
        )

    def apply(self, value: ClusterValue, resolved: Mapping[str, Any]) -> PrepareCluster:
        tenant = resolved["tenant"]
        if tenant and tenant not in value.tenants:
            sentence = _now("The tenant {name} does not use this cluster.")
            raise Refused(sentence.format(name=tenant[:64]), field="tenant")
        return PrepareCluster(tenant=tenant)
