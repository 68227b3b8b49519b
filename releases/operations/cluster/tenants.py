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
from releases.clusters.inspecting import check_runtime, look_for
from releases.clusters.values import ClusterValue
from releases.operations.cluster.remove import still_there
from tenants.clusters import dedicated
from tenants.clusters.spaces import check_namespace, own_namespace
from tenants.isolation import Isolation
from tenants.models import Cluster, Tenant


class GrantCluster(Operation):
    """Let a tenant use a cluster: its apps can be placed there, in a namespace of the tenant's own, or in one that is
    there already, whose workloads the tenant may then take over.
    """

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
        namespace = serializers.CharField(
            label=_("Namespace"), max_length=63, required=False, allow_blank=True, default="",
            help_text=_(
                "Blank: one of its own. One that is named has to be there already. It gets the tenant's quota, network "
                "policy and Pod Security labels, and the tenant can take over what runs in it, with whatever its "
                "accounts may do."
            ),
        )  # fmt: skip

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        if not Tenant.objects.filter(name=given["tenant"]).exists():
            sentence = _now("There is no tenant {name}. Check the name.")
            raise Refused(sentence.format(name=given["tenant"][:64]), field="tenant")
        if given["tenant"] in context.value.tenants:
            return given
        isolation = Isolation.load(Tenant.objects.values_list("isolation", flat=True).get(name=given["tenant"]))
        if isolation.runtime_class:
            check_runtime(isolation.runtime_class, context.subject, seconds=context.time_left())
        return {**given, "seen": _look(context, given["tenant"], given["namespace"])}

    def apply(self, value: ClusterValue, resolved: Mapping[str, Any]) -> ClusterValue:
        # Entries of an earlier time do not name a namespace.
        tenant, namespace = resolved["tenant"], resolved.get("namespace", "")
        if tenant in value.tenants:
            _refuse_another(value, tenant, namespace)
            return value
        _refuse_sharing(value, tenant)
        if namespace:
            check_namespace(namespace, tenant=tenant)
        wanted = namespace or value.namespace_of(tenant)
        if holder := next((one for one, name in value.namespaces if name == wanted), ""):
            sentence = _now("The tenant {holder} has the namespace {name} on this cluster. Choose another one.")
            raise Refused(sentence.format(holder=holder, name=wanted), field="namespace")
        return value.with_tenant(tenant, namespace=wanted, seen=resolved.get("seen"))


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
            said = still_there(there)
            if value.state == Cluster.State.AWAY:
                sentence = _now("{apps} If {cluster} never comes back, remove it (cluster.remove with gone).")
                said = sentence.format(apps=said, cluster=value.name)
            raise Refused(said, field="tenant")
        return value.without_tenant(tenant)


def _look(context: Context, tenant: str, namespace: str) -> dict[str, Any]:
    """What the cluster says of the namespace. One that somebody names is meant to be there: a mistyped name would make
    a new one, in which nothing runs that the tenant could take over.
    """
    own = own_namespace(tenant)
    if namespace:
        check_namespace(namespace, tenant=tenant)
    seen = look_for(namespace or own, context.subject.pk, seconds=context.time_left())
    if namespace in ("", own) or seen["exists"]:
        return seen
    if seen["unknown"]:
        sentence = _now(
            "Whether the namespace {name} is there cannot be asked ({why}). Try again later, or leave the field empty: "
            "then the tenant gets the namespace {own}."
        )
    else:
        sentence = _now(
            "There is no namespace {name} on this cluster. Check the name, or leave the field empty: then the tenant "
            "gets the namespace {own}, which Slipway makes."
        )
    raise Refused(sentence.format(name=namespace, own=own, why=seen["unknown"]), field="namespace")


def _refuse_sharing(value: ClusterValue, tenant: str) -> None:
    """A tenant with clusters of its own comes to none that others use, and lets nobody else in."""
    users = value.tenants | {tenant}
    if value.tenants and (alone := value.alone & users):
        holder = min(alone)
        raise dedicated.refusal(holder, ((value.name, ", ".join(sorted(users - {holder}))),))


def _refuse_another(value: ClusterValue, tenant: str, namespace: str) -> None:
    """A tenant has one namespace on a cluster: its apps would not be found where they were."""
    here = value.namespace_of(tenant)
    if namespace and namespace != here:
        sentence = _now("The tenant {tenant} has the namespace {name} there. Take the cluster from it first.")
        raise Refused(sentence.format(tenant=tenant, name=here), field="namespace")
