"""Clusters that do not answer, or do not let Slipway look, in words: what a release that has to wait for one says, and
what is said before it is started.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from apps_mgmt.models import App
from portal.operations.subject import Preview
from releases import restricting
from releases.models import Release, Target
from releases.states import TARGET_SETTLED, TargetState
from tenants.clusters import unseen
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


def before(previewer: Callable[[App, Any], Preview]) -> Callable[[App, Any], Preview]:
    """The preview of what starts a release, which says of each cluster that the release reaches when nothing is heard
    of it. One query where all is well.
    """

    def shown(subject: App, action: Any) -> Preview:
        found = previewer(subject, action)
        if not (silent := unseen.of_tenant(subject.tenant_id)):
            return found
        said = unseen.warnings(silent, names=restricting.clusters(subject, action))
        return replace(found, warnings=[*dict.fromkeys([*said, *found.warnings])])

    return shown


def told(release: Release) -> list[str]:
    """The same of a release that was just started."""
    there = Target.objects.filter(release=release)
    rows = Cluster.objects.filter(pk__in=there.values("cluster_id"), state__in=Cluster.UNSEEN).order_by("name")
    silent = list(rows)
    return unseen.warnings(silent, names={one.name for one in silent})


def _sentence(cluster: Cluster) -> str:
    if cluster.state == Cluster.State.BLIND:
        sentence = _("Waiting for {cluster}, where Slipway may not look since {time}: {why} It goes on by itself then.")
    else:
        sentence = _("Waiting for {cluster}, which does not answer, as seen at {time}. It goes on by itself.")
    time = time_format(timezone.localtime(cluster.state_since), "H:i:s")
    return sentence.format(cluster=cluster.name, time=time, why=cluster.state_reason)
