from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import CLUSTER
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.fields import PickerField
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from releases.clusters.values import ClusterValue
from tenants.models import Tenant


class GrantCluster(Operation):
    """Let a tenant use a cluster: its apps can be placed there, in a namespace of the tenant's own."""

    name = "cluster.grant"
    kind = RECORD
    subject = CLUSTER
    title = _("Let a tenant use it")
    permission = permissions.PLATFORM_CLUSTERS
    sentence = _("let the tenant {tenant} use the cluster")
    icon = "plus"
    example = {"tenant": "boutique"}

    class Input(serializers.Serializer[Any]):
        tenant = PickerField(picker="tenant", label=_("Tenant"))

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        if not Tenant.objects.filter(name=given["tenant"]).exists():
            sentence = _now("There is no tenant {name}. Check the name.")
            raise Refused(sentence.format(name=given["tenant"][:64]), field="tenant")
        return given

    def apply(self, value: ClusterValue, resolved: Mapping[str, Any]) -> ClusterValue:
        return value.change(tenants=value.tenants | {resolved["tenant"]})


class RevokeCluster(Operation):
    """Let a tenant use a cluster no longer. Apps that run there have to leave first."""

    name = "cluster.revoke"
    kind = RECORD
    subject = CLUSTER
    title = _("Take it from a tenant")
    permission = permissions.PLATFORM_CLUSTERS
    sentence = _("took the cluster from the tenant {tenant}")
    icon = "x"
    example = {"tenant": "boutique"}

    class Input(serializers.Serializer[Any]):
        tenant = PickerField(picker="tenant_here", label=_("Tenant"))

    def blocked(self, value: ClusterValue) -> Any:
        return None if value.tenants else _("No tenant uses this cluster.")

    def apply(self, value: ClusterValue, resolved: Mapping[str, Any]) -> ClusterValue:
        tenant = resolved["tenant"]
        if tenant not in value.tenants:
            sentence = _now("The tenant {name} does not use this cluster.")
            raise Refused(sentence.format(name=tenant[:64]), field="tenant")
        if there := value.apps_of(tenant):
            sentence = _now("{apps} still run on this cluster. Move or delete them first.")
            raise Refused(sentence.format(apps=", ".join(there)), field="tenant")
        return value.change(tenants=value.tenants - {tenant})
