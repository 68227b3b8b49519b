"""What apps have taken over on a cluster, as the releases that run there left it."""

from __future__ import annotations

import uuid

from django.db.models import Exists, OuterRef

from apps_mgmt.models import App, Deployed
from releases.gateway.ownership import ADOPTS
from releases.gateway.taken import KEPT, Taken
from releases.models import Target
from tenants.models import TenantCluster


def taken_over(cluster_id: uuid.UUID | str, *, app: App | None = None) -> list[Taken]:
    """All of it, or what one app has; what stands where its tenant has no namespace any more is left out."""
    here = Deployed.objects.filter(app=OuterRef("release__app"), release_id=OuterRef("release_id"))
    rows = Target.objects.filter(
        Exists(here.filter(cluster_id=cluster_id)), cluster_id=cluster_id, workloads__contains=[{"adopted": True}]
    )
    if app is not None:
        rows = rows.filter(release__app=app)
    grants = TenantCluster.objects.filter(cluster_id=cluster_id)
    spaces = dict(grants.values_list("tenant_id", "namespace"))
    targets = rows.values_list("release__app__tenant_id", "manifests")
    return [
        Taken(
            kind=one["kind"],
            namespace=spaces[tenant_id],
            name=one["metadata"]["name"],
            uid=one["metadata"]["annotations"][ADOPTS],
            labels={key: one["metadata"]["labels"][key] for key in KEPT if key in one["metadata"]["labels"]},
        )
        for tenant_id, manifests in targets
        if tenant_id in spaces
        for one in manifests
        if ADOPTS in (one["metadata"].get("annotations") or {})
    ]
