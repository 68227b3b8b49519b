"""What a cluster did not take so far and is asked again, in words: on the page of a release, and in the API."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from portal import outbox
from releases import effects
from releases.models import Release, StepRun, Target
from releases.states import RunState


def retried(release: Release, targets: Sequence[Target], runs: Sequence[StepRun]) -> dict[UUID, str]:
    """Cluster → why what is to be done there did not go through so far, where it is tried again."""
    if not any(run.pending and run.state == RunState.ACTING for run in runs):
        return {}
    streams = {effects.stream(release.app_id, one.cluster_id): one.cluster_id for one in targets}
    sentence = _("{why} Attempt {number} follows.")
    return {
        streams[one.stream]: sentence.format(why=one.reason, number=one.attempts + 1)
        for one in outbox.retried(streams)
        if one.payload["release"] == str(release.pk)
    }
