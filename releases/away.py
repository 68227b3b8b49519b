"""Clusters that do not answer, or do not let Slipway look, in words: what a release that has to wait for one says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from releases.models import Target
from releases.states import TARGET_SETTLED, TargetState
from tenants.models import Cluster


@dataclass(frozen=True)
class Silence:
    """`state` is that of the cluster, `words` a sentence."""

    state: str
    words: str


def silent(targets: Iterable[Target]) -> dict[UUID, Silence]:
    """The clusters of which nothing is heard, for targets that still have to do with it."""
    open_ids = [one.cluster_id for one in targets if TargetState(one.state) not in TARGET_SETTLED]
    unseen = Cluster.objects.filter(pk__in=open_ids, state__in=Cluster.UNSEEN)
    return {one.pk: Silence(one.state, _sentence(one)) for one in unseen}


def _sentence(cluster: Cluster) -> str:
    if cluster.state == Cluster.State.BLIND:
        sentence = _("Waiting for {cluster}, where Slipway may not look since {time}: {why} It goes on by itself then.")
    else:
        sentence = _("Waiting for {cluster}, which does not answer, as seen at {time}. It goes on by itself.")
    time = time_format(timezone.localtime(cluster.state_since), "H:i:s")
    return sentence.format(cluster=cluster.name, time=time, why=cluster.state_reason)
