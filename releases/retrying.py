"""What a cluster did not take so far and is asked again, what waits for it, or had been sent when a release was
stopped, in words: on the page of a release, and in the API.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from portal import outbox
from releases import effects
from releases.models import Release, StepRun, Target
from releases.states import RunState


def retried(release: Release, targets: Sequence[Target], runs: Sequence[StepRun]) -> dict[UUID, str]:
    """Cluster → why what is to be done there did not go through so far, where it is tried again; or has not been tried
    yet because the cluster answers nobody.
    """
    if not any(run.pending and run.state == RunState.ACTING for run in runs):
        return {}
    streams = {effects.stream(release.app_id, one.cluster_id): one.cluster_id for one in targets}
    names = {one.cluster_id: one.cluster_name for one in targets}
    tried = _("{why} Attempt {number} follows.")
    held = _("Waiting for {cluster}, which did not answer the last {count} tries. It goes on by itself.")
    return {
        streams[one.stream]: tried.format(why=one.reason, number=one.attempts + 1)
        if one.attempts
        else held.format(cluster=names[streams[one.stream]], count=one.failures)
        for one in outbox.waiting(streams)
        if one.payload["release"] == str(release.pk)
    }


def still_sent(targets: Sequence[Target], runs: Sequence[StepRun]) -> dict[UUID, str]:
    """Cluster → that a release that stops waits for what was on its way there: it has not stopped there yet."""
    names = {one.cluster_id: one.cluster_name for one in targets}
    sentence = _(
        "Waits for what was on its way to {cluster} when the release was stopped, until {time} at the latest. Nothing "
        "new begins there."
    )
    return {
        run.cluster_id: sentence.format(
            cluster=names[run.cluster_id], time=time_format(timezone.localtime(run.wake_at), "H:i:s")
        )
        for run in sorted((run for run in runs if run.state == RunState.STOPPING), key=lambda run: str(run.wake_at))
        if run.wake_at and run.cluster_id in names
    }
