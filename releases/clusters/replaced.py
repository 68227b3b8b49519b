"""Whether another cluster stands at the address of one that is registered: then that one is gone, whoever answers."""

from __future__ import annotations

from contextlib import closing

from django.utils.translation import gettext as _

from portal.errors import ClusterAway, Refused, SlipwayError
from releases.clusters.taking import FIELD, take
from releases.gateway import AccessRefused
from releases.gateway.client import Client
from releases.gateway.discovery import IDENTITY, identity_in
from releases.gateway.kinds import NAMESPACE
from releases.gateway.opening import refuse_replaced
from tenants.clusters import PROVISIONER, mark
from tenants.clusters import connection as stored_connection
from tenants.clusters.state import another_at
from tenants.models import Cluster


def refuse_while_there(cluster: Cluster, *, kubeconfig: str, context: str) -> None:
    """Raise Refused while it is this very cluster that answers, or may be.

    Another one is told by its uid: asked for as Slipway signs in here; where that is not accepted, by that of a cluster
    that is registered with the same server, or by that of the cluster to which a `kubeconfig` leads there.
    """
    knows = str(cluster.capabilities.get("uid") or "")
    try:
        found = _uid_at(cluster)
    except ClusterAway:
        return
    except AccessRefused:
        _refuse_unless_shown(cluster, knows, kubeconfig=kubeconfig, context=context)
        return
    except SlipwayError:
        found = ""
    if not (knows and found and knows != found):
        sentence = _("{cluster} answers, so it is not gone. Move or delete what runs there first.")
        raise Refused(sentence.format(cluster=cluster.name), field="gone")


def refuse_another(cluster: Cluster) -> None:
    """Raise AnotherCluster where it is not this very cluster that answers now, and note which one it is: what is meant
    for the one is not made in the other. Raises ClusterAway.

    One that does not say who it is passes: what is done there meets the missing right as well.
    """
    try:
        found = _uid_at(cluster)
    except AccessRefused:
        found = ""
    if found and (another_at(cluster.capabilities) or is_at(cluster, cluster.server, found)):
        mark(cluster.pk, capabilities={"uid": found})
        cluster.refresh_from_db(fields=["capabilities"])
    refuse_replaced(cluster)


def is_at(cluster: Cluster, server: str, uid: str) -> bool:
    """Whether this address is the cluster's, and the uid that of another one."""
    knows = str(cluster.capabilities.get("uid") or "")
    return server == cluster.server and bool(knows and uid) and knows != uid


def _uid_at(cluster: Cluster) -> str:
    with closing(Client(stored_connection(cluster.pk, PROVISIONER))) as client:
        return str(identity_in(client.find(NAMESPACE, IDENTITY)).get("uid", ""))


def _refuse_unless_shown(cluster: Cluster, knows: str, *, kubeconfig: str, context: str) -> None:
    if kubeconfig:
        taken = take(kubeconfig, context=context, cluster_id=str(cluster.pk), name=cluster.name)
        if is_at(cluster, taken["server"], str(taken["report"].get("uid") or "")):
            return
        sentence = _(
            "This kubeconfig does not show that another cluster stands at {server} now. Take one that leads there and "
            "may read namespaces; if it is {cluster} itself, renew its access with it (cluster.renew)."
        )
        raise Refused(sentence.format(server=cluster.server, cluster=cluster.name), field=FIELD)
    others = Cluster.objects.filter(server=cluster.server, capabilities__has_key="uid").exclude(pk=cluster.pk)
    if any(is_at(cluster, one.server, str(one.capabilities["uid"])) for one in others):
        return
    sentence = _(
        "{server} answers, and does not let Slipway in. If that is {cluster}, renew its access (cluster.renew). If it "
        "is another cluster by now, give a kubeconfig of that one here, so that this is known."
    )
    raise Refused(sentence.format(server=cluster.server, cluster=cluster.name), field="gone")
