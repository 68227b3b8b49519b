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
    """`server` is a URL; `ca_pem`, `client_cert` and `client_key` are PEM; empty text: not used."""

    server: str
    ca_pem: str
    token: str
    client_cert: str
    client_key: str
    name: str

    def __repr__(self) -> str:
        return f"Connection({self.name} at {self.server})"


def has_own(cluster_id: uuid.UUID | str, role: str) -> bool:
    """Whether a credential was given for this role. Where none was, Slipway asks the cluster for tokens."""
    return Cluster.objects.filter(pk=cluster_id, credentials__has_key=role).exists()


def connection(cluster_id: uuid.UUID | str, role: str = credentials.DEPLOYER) -> Connection:
    """The connection to a cluster in one role. Raises NotFound, or PlatformError when the role has no credential."""
    cluster = Cluster.objects.filter(pk=cluster_id).first()
    if cluster is None:
        raise NotFound(_("This cluster is no longer registered."))
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
    )
