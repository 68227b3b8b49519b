"""What a word of a person to a release would come to, in a sentence for its preview."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.operations.subject import Preview
from releases import going_back
from releases.asking import (
    AbortRelease,
    ApproveRelease,
    OverrideFreeze,
    PauseRelease,
    PromoteRelease,
    RejectRelease,
    ResumeRelease,
    RetryTarget,
    SkipStep,
    WeighRoute,
)
from releases.changes import evolve
from releases.events import Skipped
from releases.loading import snapshot_of
from releases.machine import decide
from releases.models import Release
from releases.skipping import called
from releases.states import After, ReleaseState, RollbackCause
from releases.wording import words


def abort(subject: Release, action: AbortRelease) -> Preview:
    """Where it stops, and what becomes of what it has done."""
    if subject.state == ReleaseState.WAITING:
        sentence = _("Release {number} never begins. It has done nothing yet, and so nothing changes.")
    elif action.after is After.ROLL_BACK and going_back.to_nothing(subject):
        sentence = _("Release {number} stops where it is, and all that it has made is removed: nothing ran before it.")
    elif action.after is After.ROLL_BACK and subject.steps.filter(back=True, kind="trade").exists():
        sentence = _("Release {number} stops where it is, and what ran before is brought back in batches.")
    elif action.after is After.ROLL_BACK:
        sentence = _("Release {number} stops where it is, and what ran before is brought back.")
    else:
        sentence = _("Release {number} stops where it is. What it has changed so far stays.")
    return Preview(happens=sentence.format(number=subject.number))


def pause(subject: Release, action: PauseRelease) -> Preview:
    """Nothing that is under way is stopped."""
    sentence = _("No further step of release {number} begins until it is resumed; what is under way goes on.")
    return Preview(happens=sentence.format(number=subject.number))


def resume(subject: Release, action: ResumeRelease) -> Preview:
    """What it waited with begins."""
    return Preview(happens=_("Release {number} goes on with its next step.").format(number=subject.number))


def promote(subject: Release, action: PromoteRelease | ApproveRelease | OverrideFreeze) -> Preview:
    """What waits goes on."""
    return Preview(happens=_("Release {number} goes on with what it waits to do.").format(number=subject.number))


def weigh(subject: Release, action: WeighRoute) -> Preview:
    """What new and old instances get until the next step that moves traffic."""
    sentence = _(
        "New instances get {share} % of the traffic of {host}, old ones {rest} %, until release {number} moves it next."
    )
    words = {"share": action.share, "rest": 100 - action.share, "host": action.host}
    return Preview(happens=sentence.format(number=subject.number, **words))


def reject(subject: Release, action: RejectRelease) -> Preview:
    """It ends, one way or the other."""
    if RollbackCause.FAILED_STEP in subject.rollback_on and going_back.to_nothing(subject):
        sentence = _("Release {number} ends, and all that it has made is removed: nothing ran before it.")
    elif RollbackCause.FAILED_STEP in subject.rollback_on:
        sentence = _("Release {number} ends, and what ran before is brought back.")
    else:
        sentence = _("Release {number} ends where it is. What it has changed so far stays.")
    return Preview(happens=sentence.format(number=subject.number))


def retry(subject: Release, action: RetryTarget) -> Preview:
    """What has failed is attempted again."""
    sentence = _("Release {number} attempts the step that failed on {cluster} again.")
    return Preview(happens=sentence.format(number=subject.number, cluster=action.cluster))


def skip(subject: Release, action: SkipStep) -> Preview:
    """Which step passes, though nothing is done in the cluster for it, and what begins then."""
    snapshot = snapshot_of(subject)
    target = next(one for one in snapshot.targets if one.name == action.cluster)
    event = Skipped(cluster=target.cluster, by="", step=action.step)
    after = snapshot
    for change in decide(snapshot, event, timezone.now()).changes:
        after = evolve(after, change)
    step, known = snapshot.step(action.step), {run.ref for run in snapshot.runs}
    sentence = _("“{step}” of release {number} on {cluster} counts as passed.")
    said = [sentence.format(step=called(step.kind, step.options), number=subject.number, cluster=action.cluster)]
    for run in after.open_runs_on(target.cluster):
        if run.ref not in known:
            begins = after.step(run.ref.step)
            title = called(begins.kind, begins.options)
            said.append(_("Then begins: {step}. {why}").format(step=title, why=words(run.reason)).rstrip())
    return Preview(happens=" ".join(said))
