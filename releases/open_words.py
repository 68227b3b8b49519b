"""What is waited for on each cluster, in words: every wait that is open, on the page of a release and in the API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from releases.models import Release, Step, StepRun, Target
from releases.reasons import Reason
from releases.skipping import called
from releases.states import RUN_OPEN, ReleaseState, TargetState
from releases.wording import words

_OPEN = frozenset(state.value for state in RUN_OPEN)
_BY_ITSELF = frozenset({"goes_on_at", "old_set_kept", "wave_waits"})
"""What ends by itself, and lets the next step begin, unless the release is paused."""


def open_words(
    release: Release, targets: Sequence[Target], steps: Sequence[Step], runs: Sequence[StepRun]
) -> dict[UUID, str]:
    """Cluster → why what is under way there is not over. Several that are open beside each other are told by name.
    Where nothing is under way, because the release is paused, that is told.
    """
    paused = release.state == ReleaseState.PAUSED
    titles = {one.number: called(one.kind, one.options) for one in steps}
    there: dict[UUID, list[StepRun]] = defaultdict(list)
    for run in runs:
        if run.state in _OPEN:
            there[run.cluster_id].append(run)
    found = {
        cluster: _told([(titles.get(run.step, ""), _why(run, paused=paused)) for run in mine])
        for cluster, mine in there.items()
    }
    idle = [one.cluster_id for one in targets if one.state == TargetState.RUNNING and one.cluster_id not in there]
    return found | dict.fromkeys(idle, _("The next step begins once the release is resumed.") if paused else "")


def _told(waits: Sequence[tuple[str, str]]) -> str:
    said = [(title, why) for title, why in waits if why]
    return said[0][1] if len(said) == 1 else " ".join(f"{title}: {why}" for title, why in said)


def _why(run: StepRun, *, paused: bool) -> str:
    reason = Reason.load(run.reason)
    if paused and reason is not None and reason.code in _BY_ITSELF:
        return words(Reason("goes_on_resumed", {"until": reason.values["until"]}))
    if paused and reason is not None and reason.code == "tries_again":
        return words(Reason("tried_again_resumed", {"waited": reason.values["waited"]}))
    return run.why
