"""Clusters that do not answer, or do not let Slipway look, in words: what a release that has to wait for one says, and
what is said before it is started.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from apps_mgmt.models import App
from portal.operations.subject import Preview
from releases import asking, restricting
from releases.models import Release, Target
from releases.states import TARGET_SETTLED, After, RollbackCause, TargetState
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
    return _unheard(Target.objects.filter(release=release))


def of_word(release: Release, action: Any) -> list[str]:
    """The same of a word to a release, for the clusters on which something is to be done then."""
    there = Target.objects.filter(release=release)
    if isinstance(action, asking.RetryTarget | asking.SkipStep):
        there = there.filter(cluster_name=action.cluster)
    elif isinstance(action, asking.AbortRelease | asking.RejectRelease):
        there = there.exclude(state=TargetState.WAITING) if _goes_back(release, action) else there.none()
    elif isinstance(action, asking.PauseRelease):
        there = there.none()
    else:
        there = there.exclude(state__in=[one.value for one in TARGET_SETTLED])
    return _unheard(there)


def _goes_back(release: Release, action: asking.AbortRelease | asking.RejectRelease) -> bool:
    if isinstance(action, asking.AbortRelease):
        return action.after is After.ROLL_BACK
    return RollbackCause.FAILED_STEP in release.rollback_on


def _unheard(there: QuerySet[Target]) -> list[str]:
    rows = list(Cluster.objects.filter(pk__in=there.values("cluster_id"), state__in=Cluster.UNSEEN).order_by("name"))
    return unseen.warnings(rows, names={one.name for one in rows})


def _sentence(cluster: Cluster) -> str:
    if cluster.state == Cluster.State.BLIND:
        sentence = _("Waiting for {cluster}, where Slipway may not look since {time}: {why} It goes on by itself then.")
    else:
        sentence = _("Waiting for {cluster}, which does not answer, as seen at {time}. It goes on by itself.")
    time = time_format(timezone.localtime(cluster.state_since), "H:i:s")
    return sentence.format(cluster=cluster.name, time=time, why=cluster.state_reason)
