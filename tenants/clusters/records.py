"""Registering clusters and saying which tenant may use which."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal.errors import Invalid, NotFound, PlatformError
from tenants.clusters import credentials as sealing
from tenants.clusters import preparing
from tenants.clusters.announcing import announce
from tenants.clusters.credentials import Credential
from tenants.clusters.spaces import own_namespace
from tenants.models import Cluster, Tenant, TenantCluster
from tenants.models.tenant import check_name


@transaction.atomic
def register(
    name: str,
    *,
    title: str,
    server: str,
    ca_pem: str = "",
    credentials: Mapping[str, Credential],
    labels: Mapping[str, str] | None = None,
) -> Cluster:
    """Add a cluster, or change the one of this name. `credentials` maps a role to what it signs in with.

    Roles not named keep what they have. Its watcher is told after the commit. Raises Invalid.
    """
    _check(name=name, server=server, roles=credentials)
    cluster = Cluster.objects.select_for_update().filter(name=name).first() or Cluster(name=name, version=0)
    changed = cluster.version == 0 or (cluster.server, cluster.ca_pem) != (server, ca_pem)
    for role, credential in credentials.items():
        if not _holds(cluster, role, credential):
            sealed = sealing.seal(credential, cluster_id=cluster.pk, role=role)
            cluster.credentials = {**cluster.credentials, role: sealed}
            cluster.signs_in_with = "token" if credential.token else "certificate"
            changed = True
    cluster.title, cluster.server, cluster.ca_pem = title, server, ca_pem
    if labels is not None:
        cluster.labels = dict(labels)
    if changed:
        # What failed before says nothing of this address and these credentials.
        cluster.breaker_failures, cluster.breaker_open_until = 0, None
    cluster.version += changed
    cluster.save()
    if changed:
        preparing.prepare(cluster.pk, cause=preparing.RENEWED)
        announce(cluster.pk)
    return cluster


@transaction.atomic
def grant(tenant: Tenant, cluster: Cluster, *, namespace: str = "") -> TenantCluster:
    """Let a tenant use a cluster, in this namespace or in `slipway-<tenant>`; a provision release makes it ready.

    Granting twice changes nothing.
    """
    granted, created = TenantCluster.objects.get_or_create(
        tenant=tenant, cluster=cluster, defaults={"namespace": namespace or own_namespace(tenant.name)}
    )
    if created:
        preparing.prepare(cluster.pk, tenant.pk, cause=preparing.GRANTED)
    return granted


def clusters_of(tenant_id: uuid.UUID) -> list[Cluster]:
    """The clusters a tenant may use, by name."""
    return list(Cluster.objects.filter(grants__tenant_id=tenant_id).order_by("name"))


def grants_of(tenant_id: uuid.UUID) -> list[TenantCluster]:
    """The clusters a tenant may use with its namespaces there, by the names of the clusters."""
    return list(TenantCluster.objects.filter(tenant_id=tenant_id).select_related("cluster").order_by("cluster__name"))


def namespace_of(tenant_id: uuid.UUID, cluster_id: uuid.UUID) -> str:
    """The tenant's namespace on a cluster. Raises NotFound when the tenant may not use it."""
    granted = TenantCluster.objects.filter(tenant_id=tenant_id, cluster_id=cluster_id).first()
    if granted is None:
        raise NotFound(_("The tenant may not use this cluster. A platform operator can allow it."))
    return granted.namespace


def _holds(cluster: Cluster, role: str, credential: Credential) -> bool:
    sealed = cluster.credentials.get(role)
    if not sealed:
        return False
    try:
        return sealing.unseal(sealed, cluster_id=cluster.pk, role=role) == credential
    except PlatformError:
        # Sealed with a key that is gone: writing the credential anew is the way to mend that.
        return False


def _check(*, name: str, server: str, roles: Mapping[str, Credential]) -> None:
    fields: dict[str, list[str]] = {}
    try:
        check_name(name)
    except ValidationError as error:
        fields["name"] = list(error.messages)
    parts = urlsplit(server)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        fields["server"] = [_("Write the server as https://host or https://host:port, without user name or query.")]
    unknown = sorted(set(roles) - set(sealing.ROLES))
    if unknown:
        fields["credentials"] = [_("There is no role {names} on a cluster.").format(names=", ".join(unknown))]
    if fields:
        raise Invalid(next(iter(fields.values()))[0], fields=fields)
