"""What apps have taken over on a cluster, as their drafts and the releases that run there say."""

from __future__ import annotations

import uuid

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from apps_mgmt.models import App, Deployed
from portal.errors import Refused
from releases.gateway.ownership import ADOPTS
from releases.gateway.taken import KEPT, Taken
from releases.models import Target
from releases.states import ACTIVE, ReleaseState
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


def refuse_of_another(app: App, *, cluster: str, workload: str) -> None:
    """Raise Refused, naming it, where another app of the tenant has this Deployment or is about to.

    Whoever holds the lock of the app holds that of the tenant's quota: then nobody else is about to at the same time.
    """
    others = App.objects.filter(tenant_id=app.tenant_id).exclude(pk=app.pk)
    row = {"kind": "Deployment", "name": workload}
    targets = Target.objects.filter(cluster_name=cluster, workloads__contains=[row], release__app=OuterRef("pk"))
    here = Deployed.objects.filter(app=OuterRef("release__app"), release_id=OuterRef("release_id"))
    under_way = Q(release__state__in=[*ACTIVE, ReleaseState.WAITING])
    runs = others.filter(Exists(targets.filter(under_way | Exists(here.filter(cluster_id=OuterRef("cluster_id"))))))
    if holder := runs.values_list("name", flat=True).order_by("name").first():
        sentence = _(
            "{name} on {cluster} is the app {holder}'s already, as one of its processes. Change it there, or delete "
            "that app."
        )
        raise Refused(sentence.format(name=workload, cluster=cluster, holder=holder), field="workload")
    asked = [{"adopted": [{"cluster": cluster, "workload": workload}]}]
    drafts = others.filter(deleted_at=None, draft__spec__processes__contains=asked)
    if holder := drafts.values_list("name", flat=True).order_by("name").first():
        sentence = _(
            "The app {holder} has {name} on {cluster} in its draft, taken over by it. Undo that there first "
            "(draft.undo), then take it over here."
        )
        raise Refused(sentence.format(name=workload, cluster=cluster, holder=holder), field="workload")
