"""A platform operator asks to have a cluster, or a tenant's namespace there, made ready again."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt.preview_rows import object_row
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
    parts = _parts(subject, action)
    for tenant_id in parts:
        preparing.prepare(subject.pk, tenant_id, cause=preparing.ASKED, actor=actor.username)
    return {
        "cluster": subject.name,
        "tenant": action.tenant,
        "tenants": sorted(name for name in parts.values() if name),
    }


def preview(subject: Cluster, action: PrepareCluster) -> Preview:
    """What the provision release would change of what the last one made. What others changed there, it does not see."""
    done = Provision.objects.filter(cluster=subject, state=Provision.State.SUCCEEDED)
    lasts = {one.tenant_id: one for one in done.order_by("tenant_id", "-id").distinct("tenant_id")}
    made, changed, again = [], [], False
    for tenant_id in _parts(subject, action):
        plan = plan_for(subject.pk, tenant_id)
        if plan is None:
            continue
        last = lasts.get(tenant_id)
        again = again or last is not None
        changed += [
            object_row(subject.name, row) for row in manifest_diff(last.manifests if last else (), plan.manifests)
        ]
        kinds = ", ".join(dict.fromkeys(str(one["kind"]) for one in plan.manifests))
        words = f"{plan.namespace}: {kinds}"
        made.append({"label": _("Made as it should be"), "before": None, "after": words, "kind": "added"})
    if not made:
        return Preview(happens=_("There is nothing to make ready."))
    warnings = [_("Whatever was changed by hand in these objects is set back.")] if again else []
    return Preview(spec=made, manifests=changed, warnings=warnings)


def _parts(subject: Cluster, action: PrepareCluster) -> dict[uuid.UUID | None, str]:
    """Tenant id → name of whose part is made ready; under None Slipway's own. Without a tenant it is all of them."""
    grants = TenantCluster.objects.filter(cluster=subject).order_by("tenant__name")
    if action.tenant:
        grants = grants.filter(tenant__name=action.tenant)
    own: dict[uuid.UUID | None, str] = {} if action.tenant else {None: ""}
    return own | dict(grants.values_list("tenant_id", "tenant__name"))
