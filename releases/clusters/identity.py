"""Which cluster a kubeconfig leads to, where it is one that Slipway knows: one API server under two names would show
each object twice, and apps where their tenants never were.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.errors import Refused
from releases.clusters.replaced import is_at
from releases.clusters.taking import FIELD
from releases.clusters.values import ClusterValue, NewCluster
from tenants.models import Cluster


def refuse_twin(new: NewCluster) -> None:
    """Raise Refused where a cluster to be added is registered already."""
    if twin := _registered(new.report, server=new.access.server, but=new.id):
        sentence = _(
            "This is the cluster {name} already. Let tenants use that one; if it is to be reached in another way, "
            "renew its access."
        )
        raise Refused(sentence.format(name=twin.name), field=FIELD)


def refuse_another(cluster: Cluster, after: ClusterValue) -> None:
    """Raise Refused where the new access to a cluster leads to another one than before."""
    if twin := _registered(after.report, server=after.access.server, but=str(cluster.pk)):
        sentence = _("This kubeconfig leads to the cluster {twin}, not to {name}. Take one that leads to {name}.")
        raise Refused(sentence.format(twin=twin.name, name=cluster.name), field=FIELD)
    before, now = cluster.capabilities.get("uid"), after.report.get("uid")
    if not before or not now or before == now:
        return
    if after.apps and is_at(cluster, after.access.server, now):
        sentence = ngettext(
            "At {server} there is another cluster by now than {name}, on which {count} app runs by the records: {apps}."
            " Remove {name} as gone, with this kubeconfig (cluster.remove), and add this one (cluster.add); then let "
            "its tenant use it, and deploy the app there.",
            "At {server} there is another cluster by now than {name}, on which {count} apps run by the records: {apps}."
            " Remove {name} as gone, with this kubeconfig (cluster.remove), and add this one (cluster.add); then let "
            "their tenants use it, and deploy the apps there.",
            len(after.apps),
        )
    elif after.apps:
        sentence = ngettext(
            "This kubeconfig leads to another cluster than {name}, on which {count} app runs: {apps}. Add that cluster "
            "under a name of its own, and move the app there.",
            "This kubeconfig leads to another cluster than {name}, on which {count} apps run: {apps}. Add that cluster "
            "under a name of its own, and move the apps there.",
            len(after.apps),
        )
    else:
        sentence = _(
            "This kubeconfig leads to another cluster than {name}. Add that cluster under a name of its own; {name}, "
            "if it is gone, can be removed, as no app runs there."
        )
    words = {"name": cluster.name, "server": cluster.server, "count": len(after.apps), "apps": ", ".join(after.apps)}
    raise Refused(sentence.format(**words), field=FIELD)


def _registered(report: Mapping[str, Any], *, server: str, but: str) -> Cluster | None:
    """The registered cluster that answered so; by its address alone where one of the two uids is not known."""
    others, uid = Cluster.objects.exclude(pk=but), report.get("uid")
    if not uid:
        return others.filter(server=server).first()
    same = others.filter(capabilities__uid=uid).first()
    return same or others.filter(server=server).exclude(capabilities__has_key="uid").first()
