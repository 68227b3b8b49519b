"""What operations on clusters edit: frozen values, without anything secret in the open. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tenants.clusters.spaces import own_namespace


@dataclass(frozen=True)
class Access:
    """How Slipway signs in: with a `token` or a `certificate`. `sealed`: (role, credential sealed for row
    and role); roles that are not named sign in with tokens of the accounts that a provision release makes.
    `certificate_left_out`: the kubeconfig had a client certificate beside the token."""

    server: str
    ca_pem: str = field(repr=False)
    signs_in_with: str
    sealed: tuple[tuple[str, str], ...] = field(repr=False)
    certificate_left_out: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class NewCluster:
    """A cluster to be taken in. `report` is what it answered, see `inspecting.inspect`."""

    id: str
    name: str
    title: str
    access: Access
    report: Mapping[str, Any]


@dataclass(frozen=True)
class ClusterValue:
    """One cluster. `tenants` may use it; `apps` are deployed on it, as `tenant/app`.

    `namespaces` are pairs of a tenant and the namespace it has there; whoever is not in it gets one of its own.
    `restricted` is why deploying there takes a second right, blank where it does not.
    `prometheus` is where releases ask for numbers, blank for nowhere.
    `alone` are tenants, here or not, that share their clusters with nobody.
    `state` is a `Cluster.State`.
    `seen` is what the cluster said of the namespace that is to be given, see `inspecting.look_for`.
    """

    name: str
    title: str
    access: Access
    report: Mapping[str, Any] = field(compare=False)
    tenants: frozenset[str] = frozenset()
    apps: tuple[str, ...] = ()
    namespaces: tuple[tuple[str, str], ...] = ()
    restricted: str = ""
    prometheus: str = ""
    alone: frozenset[str] = field(default=frozenset(), compare=False)
    seen: Mapping[str, Any] = field(default_factory=dict, compare=False)
    state: str = field(default="", compare=False)

    def change(self, **values: Any) -> ClusterValue:
        return replace(self, **values)

    def apps_of(self, tenant: str) -> tuple[str, ...]:
        """The apps of a tenant that are deployed here."""
        return tuple(app for app in self.apps if app.startswith(f"{tenant}/"))

    def namespace_of(self, tenant: str) -> str:
        """Where a tenant's apps are; where they would be, for one that has not been let in."""
        return dict(self.namespaces).get(tenant) or own_namespace(tenant)

    def with_tenant(self, tenant: str, *, namespace: str = "", seen: Mapping[str, Any] | None = None) -> ClusterValue:
        """A tenant more, in a namespace that is there already, or in one of its own."""
        namespaces = tuple(sorted((dict(self.namespaces) | ({tenant: namespace} if namespace else {})).items()))
        return replace(self, tenants=self.tenants | {tenant}, namespaces=namespaces, seen=seen or {})

    def without_tenant(self, tenant: str) -> ClusterValue:
        namespaces = tuple(row for row in self.namespaces if row[0] != tenant)
        return replace(self, tenants=self.tenants - {tenant}, namespaces=namespaces)


@dataclass(frozen=True)
class CheckCluster:
    """Ask the cluster again. `report` is what it answered; or `away` says in some words why it did not."""

    report: Mapping[str, Any]
    away: str = ""


@dataclass(frozen=True)
class PrepareCluster:
    """Make ready what Slipway needs there: the namespace of `tenant`, or Slipway's own part when it is blank."""

    tenant: str = ""


@dataclass(frozen=True)
class RemoveCluster:
    """Forget the cluster. Nothing is changed in it. `gone`: what ran there is forgotten, too; it never comes back."""

    gone: bool = False
