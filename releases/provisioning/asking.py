"""A platform operator asks to have a cluster, or a tenant's namespace there, made ready again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt.previewing import object_row
from apps_mgmt.rendering import manifest_diff
from portal.access import Actor
from portal.operations.subject import Preview
from releases.clusters.values import PrepareCluster
from releases.models import Provision
from releases.provisioning.planning import plan_for
from tenants.clusters import preparing
from tenants.models import Cluster, TenantCluster


def ask(subject: Cluster, action: PrepareCluster, *, actor: Actor, note: str) -> Mapping[str, Any]:
    """See `portal.operations.actions.Handler`."""
    preparing.prepare(subject.pk, _tenant_id(subject, action), cause=preparing.ASKED, actor=actor.username)
    return {"cluster": subject.name, "tenant": action.tenant}


def preview(subject: Cluster, action: PrepareCluster) -> Preview:
    """What the provision release would change of what the last one made. What others changed there, it does not see."""
    tenant_id = _tenant_id(subject, action)
    plan = plan_for(subject.pk, tenant_id)
    if plan is None:
        return Preview(happens=_("There is nothing to make ready."))
    done = Provision.objects.filter(cluster=subject, tenant_id=tenant_id, state=Provision.State.SUCCEEDED)
    last = done.order_by("-id").first()
    rows = manifest_diff(last.manifests if last else (), plan.manifests)
    again = _("Whatever was changed by hand in these objects is set back.")
    kinds = ", ".join(dict.fromkeys(str(one["kind"]) for one in plan.manifests))
    made = {"label": _("Made as it should be"), "before": None, "after": f"{plan.namespace}: {kinds}", "kind": "added"}
    return Preview(
        spec=[made],
        manifests=[object_row(subject.name, one) for one in rows],
        warnings=[again] if last else [],
    )


def _tenant_id(subject: Cluster, action: PrepareCluster) -> Any:
    if not action.tenant:
        return None
    return TenantCluster.objects.values_list("tenant_id", flat=True).get(cluster=subject, tenant__name=action.tenant)
