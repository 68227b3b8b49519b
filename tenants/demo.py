"""The people, tenants and limits of the demo. Every function may be called again and changes only what differs."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from portal.access.roles import AUDITOR, DEVELOPER, PLATFORM_OPERATOR, TENANT_ADMIN, TITLES, VIEWER
from portal.errors import PlatformError
from tenants import clusters, founding, roles
from tenants.accounts import naming
from tenants.clusters.credentials import PROVISIONER, Credential
from tenants.models import Cluster, QuotaLimit, Tenant, User
from tenants.quota import dimensions as d
from tenants.quota.limits import set_limits

TENANTS = {"boutique": "Online Boutique", "harbor": "Harbor"}

PEOPLE = (
    # user name, first name, last name, tenant ("" for the platform), role
    ("alice", "Alice", "Arnaud", "boutique", TENANT_ADMIN),
    ("bob", "Bob", "Berger", "boutique", DEVELOPER),
    ("vera", "Vera", "Vidal", "boutique", VIEWER),
    ("charlie", "Charlie", "Chen", "harbor", TENANT_ADMIN),
    ("olga", "Olga", "Orlova", "", PLATFORM_OPERATOR),
    ("ada", "Ada", "Abel", "", AUDITOR),
)

# Room for the eleven services on two clusters with a surge, and little enough that the bars show something.
LIMITS = {
    d.APPS: 20,
    d.INSTANCES: 120,
    d.CPU: 40_000,
    d.MEMORY: 48 * d.GIB,
    d.EPHEMERAL: 100 * d.GIB,
    d.STORAGE: 200 * d.GIB,
    d.GPU: 0,
    d.ROUTES: 10,
    d.SERVICES: 10,
    d.RELEASES: 20,
    d.JOBS: 10,
}


@dataclass(frozen=True)
class Login:
    """A demo account. `password` is None when the account was there before: only its digest is kept."""

    username: str
    password: str | None
    role: str
    tenant: str

    def __repr__(self) -> str:
        return f"Login({self.username})"


@transaction.atomic
def seed() -> list[Login]:
    """Make the demo tenants, accounts and limits that are missing; the accounts in the order of `PEOPLE`."""
    for name, title in TENANTS.items():
        tenant = Tenant.objects.filter(name=name).first() or founding.found(name, title=title)
        roles.prepare_groups(tenant)
        if not QuotaLimit.objects.filter(tenant=tenant).exists():
            set_limits(tenant.pk, limits=LIMITS)
    return [_account(*person) for person in PEOPLE]


def register_cluster_from_folder(path: Path) -> Cluster:
    """Register the cluster whose folder holds `url`, `token` and perhaps `ca`, and let every demo tenant use it.

    The folder's name is the cluster's. Raises PlatformError when a file is missing.
    """
    try:
        server = (path / "url").read_text(encoding="utf-8").strip()
        token = (path / "token").read_text(encoding="utf-8").strip()
    except OSError as error:
        raise PlatformError(f"The folder {path} of a cluster has no readable url and token: {error}.") from error
    ca = path / "ca"
    cluster = clusters.register(
        path.name,
        title=path.name.capitalize(),
        server=server,
        ca_pem=ca.read_text(encoding="utf-8") if ca.exists() else "",
        credentials={PROVISIONER: Credential(token=token)},
    )
    for tenant in Tenant.objects.filter(name__in=TENANTS):
        clusters.grant(tenant, cluster)
    return cluster


def _account(username: str, first_name: str, last_name: str, tenant_name: str, role: str) -> Login:
    user = User.objects.filter(username=username).first()
    password: str | None = None
    if user is None:
        naming.check_name(username)
        password = secrets.token_urlsafe(12)
        user = User.objects.create_user(username, password=password, first_name=first_name, last_name=last_name)
        # A role that was changed later by hand stays changed: roles are given with the account only.
        if tenant_name:
            roles.give_role(user, Tenant.objects.get(name=tenant_name), role)
        else:
            roles.give_platform_role(user, role)
    return Login(username=username, password=password, role=str(TITLES[role]), tenant=tenant_name)
