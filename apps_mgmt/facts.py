"""What rendering has to be told about an app on each cluster, gathered from the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from apps_mgmt.models import App
from apps_mgmt.rendering import CLONESET_ALPHA, CLONESET_BETA, GATEWAY_API, Address, Facts, addresses
from apps_mgmt.spec import AppSpec, SpecError, load
from tenants.isolation import Isolation
from tenants.models import Cluster, TenantCluster


def facts_for(
    app: App, spec: AppSpec, *, grants: Sequence[TenantCluster], isolated: Isolation | None = None
) -> list[tuple[Cluster, Facts]]:
    """The clusters the spec places the app on, in its order, each with the facts for rendering there.

    `isolated`: as if its tenant were isolated so; as it is now where nothing is said. Clusters that are not among
    the tenant's `grants` are left out: `rules` refuses such a spec before it is saved.
    """
    known = {one.cluster.name: one for one in grants}
    dependencies = _dependencies(app, spec)
    isolation = Isolation.load(app.tenant.isolation) if isolated is None else isolated
    rows = spec.placement.targets
    found = [known[row.cluster] for row in rows if row.cluster in known]
    return [
        (
            grant.cluster,
            Facts(
                app=app.name,
                app_id=str(app.pk),
                tenant=app.tenant.name,
                namespace=grant.namespace,
                cluster=grant.cluster.name,
                targets=rows,
                capabilities=capabilities_of(grant.cluster),
                dependencies=dependencies,
                platform_domain=settings.SLIPWAY_PLATFORM_DOMAIN,
                node=(isolation.key, isolation.value) if isolation.key else None,
                runtime_class=isolation.runtime_class,
            ),
        )
        for grant in found
    ]


def capabilities_of(cluster: Cluster) -> frozenset[str]:
    """The group/versions that rendering asks about, of those the cluster said it serves."""
    known: dict[str, Any] = cluster.capabilities
    found = {GATEWAY_API} if known.get("gateway_api") == "v1" else set()
    found |= {one for one in (CLONESET_ALPHA, CLONESET_BETA) if one.endswith(f"/{known.get('cloneset')}")}
    return frozenset(found)


def _dependencies(app: App, spec: AppSpec) -> dict[tuple[str, str], Address]:
    names = {one.app for one in spec.dependencies}
    found: dict[tuple[str, str], Address] = {}
    others = App.objects.filter(tenant_id=app.tenant_id, name__in=names, deleted_at=None).select_related("draft")
    for other in others:
        if other.draft is not None:
            found.update(addresses(_spec(other.draft.spec), app=other.name))
    return found


def _spec(raw: dict[str, Any]) -> AppSpec:
    try:
        return load(raw)
    except SpecError:
        return AppSpec()
