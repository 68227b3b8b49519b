"""Numbers of instances that an autoscaler sets which is not Slipway's: what to do about it, and what it is called."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps_mgmt.models import App
from portal.errors import ClusterAway, SlipwayError
from releases.drift.comparing import Drift
from releases.drift.looking import is_scaling
from releases.gateway import open_gateway
from tenants.clusters import OBSERVER, grants_of

SECONDS = 2.0
"""How long a cluster is asked for the name."""


def advice(app: App, drift: Drift) -> str:
    """What becomes of a number that is taken over. Asks the cluster; where it does not answer there is no name."""
    assert is_scaling(drift)
    kind, _slash, workload = drift.object.partition("/")
    words = {"what": workload, "cluster": drift.cluster}
    try:
        found = _scaler(app, drift.cluster, kind, workload)
    except SlipwayError:
        sentence = _(
            "An autoscaler (HorizontalPodAutoscaler) set the number of instances of {what} on {cluster}. While it is "
            "there it sets it again: look for it with kubectl get hpa, and delete it there."
        )
        return sentence.format(**words)
    if found is None:
        sentence = _("The autoscaler that set the number of instances of {what} on {cluster} is not there any more.")
        return sentence.format(**words)
    sentence = _(
        "The autoscaler {name} on {cluster}, made by {by}, sets the number of instances of {what} again for as long as "
        "it is there: delete it there (kubectl delete hpa {name}), or leave the number to it (drift.leave)."
    )
    return sentence.format(name=found[0], by=found[1] or _("somebody unknown"), **words)


def _scaler(app: App, cluster: str, kind: str, workload: str) -> tuple[str, str] | None:
    there = next((one.cluster for one in grants_of(app.tenant_id) if one.cluster.name == cluster), None)
    if there is None:
        raise ClusterAway(cluster)
    with open_gateway(there.pk, role=OBSERVER, tenant=app.tenant) as gateway:
        return gateway.within(SECONDS).scaler_of_others(kind, workload)
