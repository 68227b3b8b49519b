"""What is needed to talk to a cluster, with its secrets opened. Keep it short-lived and out of logs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.errors import NotFound, PlatformError
from tenants.clusters import credentials
from tenants.models import Cluster


@dataclass(frozen=True, repr=False)
class Connection:
    """`server` is a URL; `ca_pem`, `client_cert` and `client_key` are PEM; empty text: not used. `role`: whose the
    credential is, where it is one that is stored.
    """

    server: str
    ca_pem: str
    token: str
    client_cert: str
    client_key: str
    name: str
    role: str = ""

    def __repr__(self) -> str:
        return f"Connection({self.name} at {self.server})"


def registered(cluster_id: uuid.UUID | str) -> Cluster:
    """The cluster's record. Raises NotFound."""
    cluster = Cluster.objects.filter(pk=cluster_id).first()
    if cluster is None:
        raise NotFound(_("This cluster is no longer registered."))
    return cluster


def connection(cluster_id: uuid.UUID | str, role: str, *, otherwise: str = "") -> Connection:
    """The connection to a cluster in one role, or in the role `otherwise` where none was given for the first.

    Raises NotFound, or PlatformError when there is no credential.
    """
    return connection_to(registered(cluster_id), role, otherwise=otherwise)


def connection_to(cluster: Cluster, role: str, *, otherwise: str = "") -> Connection:
    """The same where the record is at hand."""
    if otherwise and not cluster.credentials.get(role):
        role = otherwise
    sealed = cluster.credentials.get(role)
    if not sealed:
        raise PlatformError(
            _("Cluster {name} has no credential for the role {role}. A platform operator has to add one.").format(
                name=cluster.name, role=role
            ),
            code="no_credential",
        )
    opened = credentials.unseal(sealed, cluster_id=cluster.pk, role=role)
    return Connection(
        server=cluster.server,
        ca_pem=cluster.ca_pem,
        token=opened.token,
        client_cert=opened.client_cert,
        client_key=opened.client_key,
        name=cluster.name,
        role=role,
    )
