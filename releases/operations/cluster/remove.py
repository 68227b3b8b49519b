from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import CLUSTER
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.fields import TextField, readable
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases.clusters.fields import context_field, kubeconfig_field
from releases.clusters.replaced import refuse_while_there
from releases.clusters.values import ClusterValue, RemoveCluster
from tenants.models import Cluster

MOST_NAMED = 10


class Remove(Operation):
    """Forget a cluster and its credentials. Apps that run there have to leave first; nothing is changed in it.

    A cluster that is away and never comes back is removed with what runs there by the records; so is one at whose
    address another cluster stands by now.
    """

    name = "cluster.remove"
    kind = NOW
    subject = CLUSTER
    title = _("Remove")
    permission = permissions.PLATFORM_CLUSTERS
    sentence = _("removed the cluster")
    icon = "trash-2"
    danger = _("Slipway forgets the cluster and its credentials. What it made in the cluster stays there.")
    example: ClassVar[Mapping[str, Any]] = {"confirm": "east"}

    class Input(serializers.Serializer[Any]):
        gone = serializers.BooleanField(
            label=_("It never comes back"),
            required=False,
            default=False,
            help_text=_("What runs there by the records is forgotten, and nothing waits for it any more."),
        )
        reason = TextField(
            label=_("Why it never comes back"), lines=1, max_length=300, validators=[readable], required=False,
            allow_blank=True, default="", help_text=_("Kept in the log. Needed where apps still run there."),
        )  # fmt: skip

        kubeconfig = kubeconfig_field(
            required=False, allow_blank=True, default="", label=_("What is there instead"),
            style={"placeholder": _("Read once, and not kept")},
            help_text=_("A kubeconfig of the cluster that stands at its address now, if one does."),
        )  # fmt: skip
        use_context = context_field()

    def hidden(self, value: ClusterValue) -> Collection[str]:
        return () if _is_unseen(value) else ("gone", "reason", "kubeconfig", "use_context")

    def blocked(self, value: ClusterValue) -> Any:
        if not value.apps or _is_unseen(value):
            return None
        return still_there(value.apps)

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        """The kubeconfig only shows what stands there, and goes no further."""
        shown = {"kubeconfig": given.pop("kubeconfig"), "context": given.pop("use_context")}
        if given["gone"]:
            refuse_while_there(context.subject, **shown)
        return given

    def apply(self, value: ClusterValue, resolved: Mapping[str, Any]) -> RemoveCluster:
        # Entries of an earlier time do not say whether it is gone.
        gone = bool(resolved.get("gone"))
        if gone and not _is_unseen(value):
            sentence = _now("{cluster} is not away, so it is not gone. Check it, or move what runs there.")
            raise Refused(sentence.format(cluster=value.name), field="gone")
        if value.apps and not gone:
            sentence = _now("{apps} If {cluster} never comes back, say so (gone): what ran there is forgotten then.")
            raise Refused(sentence.format(apps=still_there(value.apps), cluster=value.name), field="gone")
        if gone and value.apps and not resolved.get("reason", "").strip():
            raise Refused(_now("Say why it never comes back: the log keeps it."), field="reason")
        return RemoveCluster(gone=gone)


def still_there(apps: Sequence[str]) -> str:
    """What stands in the way of removing a cluster, or taking it from a tenant."""
    more = len(apps) - MOST_NAMED
    sentence = _now("{apps} still run on this cluster. Move or delete them first.")
    if more > 0:
        sentence = _now("{apps} and {more} more apps still run on this cluster. Move or delete them first.")
    return sentence.format(apps=", ".join(apps[:MOST_NAMED]), more=more)


def _is_unseen(value: ClusterValue) -> bool:
    return value.state in Cluster.UNSEEN
