from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import CLUSTER
from portal.operations.context import Context
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from releases.clusters.fields import context_field, kubeconfig_field
from releases.clusters.taking import access_in, take
from releases.clusters.values import ClusterValue


class RenewAccess(Operation):
    """Sign in to a cluster with another kubeconfig from now on: a new token, certificate, CA or address."""

    name = "cluster.renew"
    kind = RECORD
    subject = CLUSTER
    title = _("Renew the access")
    permission = permissions.PLATFORM_CLUSTERS
    sentence = _("renewed the access to the cluster, at {server}")
    icon = "key-round"
    example = {"kubeconfig": "apiVersion: v1\nkind: Config\n…"}

    class Input(serializers.Serializer[Any]):
        kubeconfig = kubeconfig_field()
        use_context = context_field()

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        cluster = context.subject
        return take(given["kubeconfig"], context=given["use_context"], cluster_id=str(cluster.pk), name=cluster.name)

    def apply(self, value: ClusterValue, resolved: Mapping[str, Any]) -> ClusterValue:
        return value.change(access=access_in(resolved), report=resolved["report"])
