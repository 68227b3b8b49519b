"""Clusters that do not answer, in words: what a release that has to wait for one says."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from releases.models import Target
from releases.states import TARGET_SETTLED, TargetState
from tenants.models import Cluster


def words_of(targets: Iterable[Target]) -> dict[UUID, str]:
    """A sentence per cluster that is away, for targets that still have to do with it."""
    open_ids = [one.cluster_id for one in targets if TargetState(one.state) not in TARGET_SETTLED]
    away = Cluster.objects.filter(pk__in=open_ids, state=Cluster.State.AWAY)
    sentence = _("Waiting for {cluster}, which has not answered since {time}. It goes on by itself.")
    return {
        one.pk: sentence.format(cluster=one.name, time=time_format(timezone.localtime(one.state_since), "H:i:s"))
        for one in away
    }
