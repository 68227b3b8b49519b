"""What a word of a person to a release would come to, in a sentence for its preview."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.errors import Refused
from portal.operations.subject import Preview
from releases import behind, going_back, having, hindrances, promoting, stopping, troubled
from releases.asking import (
    AbortRelease,
    ApproveRelease,
    OverrideFreeze,
    PauseRelease,
    PromoteFully,
    PromoteRelease,
    RejectRelease,
    ResumeRelease,
    RetryTarget,
    SkipStep,
    WeighRoute,
)
from releases.changes import evolve
from releases.drift import awaiting
from releases.events import Event, Rejected, Skipped
from releases.expressions import BadExpression, reads, value_of
from releases.failing import after_failure
from releases.loading import snapshot_of
from releases.machine import decide
from releases.models import Release
from releases.skipping import called
from releases.snapshot import Run, Snapshot, Step, Target
from releases.states import RUN_PASSED, TARGET_SETTLED, After, ReleaseState, RollbackCause, RunState, TargetState
from releases.wording import words

_WHEN_RESUMED = gettext_lazy("It is paused: that begins once it is resumed.")


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
    happens = sentence.format(number=subject.number)
    goes_back = action.after is After.ROLL_BACK and subject.state != ReleaseState.WAITING
    if action.after is After.ROLL_BACK and (lost := stopping.held_before(subject)):
        half = _("What release {held} had half brought does not come back, only what was deployed as a whole before.")
        happens += " " + half.format(held=lost)
    warnings = hindrances.of_way_back(subject) if goes_back else []
    return Preview(happens=" ".join(filter(None, (happens, behind.foretold(subject, action.after)))), warnings=warnings)


def pause(subject: Release, action: PauseRelease) -> Preview:
    """Nothing that is under way is stopped."""
    sentence = _(
        "No further step of release {number} begins, and none is tried again, until it is resumed; what is under way "
        "goes on."
    )
    return Preview(happens=sentence.format(number=subject.number))


def resume(subject: Release, action: ResumeRelease) -> Preview:
    """What it waited with begins; not where its new instances are in trouble."""
    happens = _("Release {number} goes on with its next step.").format(number=subject.number)
    return Preview(happens=happens, warnings=troubled.warnings(snapshot_of(subject)))


def promote(subject: Release, action: PromoteRelease | ApproveRelease | OverrideFreeze) -> Preview:
    """What waits goes on; and where that fails, since somebody changed its instances, or these are in trouble."""
    happens = _("Release {number} goes on with what it waits to do.").format(number=subject.number)
    return Preview(happens=_when_resumed(subject, happens), warnings=_spoiled(subject, snapshot_of(subject)))


def promote_fully(subject: Release, action: PromoteFully) -> Preview:
    """What it goes past, and where it waits all the same."""
    snapshot = snapshot_of(subject)
    ahead = promoting.ahead(snapshot)
    sentence = _("Release {number} goes on to its end, past {passes}.")
    happens = _when_resumed(subject, sentence.format(number=subject.number, passes=_named(ahead.passes)))
    still = [_("It still waits at {waits}.").format(waits=_named(ahead.waits))] if ahead.waits else []
    return Preview(happens=happens, warnings=[*_spoiled(subject, snapshot), *still])


def _spoiled(release: Release, snapshot: Snapshot) -> list[str]:
    """For what it fails where it goes on: new instances are in trouble, or somebody changed them, or those that it is
    yet to write.
    """
    beside = [words(why) for target in snapshot.targets for why in target.taken.values()]
    return [*troubled.warnings(snapshot), *beside, *awaiting.sentences(release, snapshot)]


def refuse_needless(subject: Release) -> None:
    """Raise Refused where nothing is left of a release that a word would let go on, or somebody said so already."""
    snapshot = snapshot_of(subject)
    if by := promoting.said(snapshot):
        raise Refused(_("It goes on to its end already: {who} said so.").format(who=by))
    if not promoting.ahead(snapshot).passes:
        sentence = _("Nothing that is left of release {number} waits for somebody who lets it go on.")
        raise Refused(sentence.format(number=subject.number))


def _named(steps: Sequence[Step]) -> str:
    """The steps by what they are called, each once, with how often."""
    counted = Counter(called(one.kind, one.options) for one in steps)
    once, often = _("“{step}”"), _("“{step}” ({times} times)")
    said = ((once if times == 1 else often).format(step=title, times=times) for title, times in counted.items())
    return ", ".join(said)


def weigh(subject: Release, action: WeighRoute) -> Preview:
    """What new and old instances get until the next step that moves traffic."""
    sentence = _(
        "New instances get {share} % of the traffic of {host}, old ones {rest} %, until release {number} moves it next."
    )
    words = {"share": action.share, "rest": 100 - action.share, "host": action.host}
    hurt = troubled.warnings(snapshot_of(subject)) if action.share else []
    return Preview(happens=sentence.format(number=subject.number, **words), warnings=hurt)


def reject(subject: Release, action: RejectRelease) -> Preview:
    """It ends, one way or the other; and what becomes of what it has done, and of what waits behind it."""
    snapshot = snapshot_of(subject)
    goes_back = RollbackCause.FAILED_STEP in subject.rollback_on
    changed = any(snapshot.touched(target.cluster) for target in snapshot.targets)
    if not changed:
        so_far = _("It has changed nothing so far, so there is nothing to bring back.")
    elif not goes_back:
        so_far = _("What it has changed so far stays, and it counts as failed.")
    elif going_back.to_nothing(subject):
        so_far = _("All that it has made is removed: nothing ran before it.")
    elif subject.steps.filter(back=True, kind="trade").exists():
        so_far = _("What ran before is brought back in batches.")
    else:
        so_far = _("What ran before is brought back.")
    ends = _("Release {number} ends, and what was to come after this does not begin.").format(number=subject.number)
    after = behind.foretold(subject, After.ROLL_BACK if goes_back else After.HOLD)
    happens = " ".join(filter(None, (_for_a_failure(subject, action), ends, so_far, after)))
    return Preview(happens=happens, warnings=hindrances.of_way_back(subject) if changed and goes_back else [])


def _for_a_failure(subject: Release, action: RejectRelease) -> str:
    """What runs before it ends, as it is planned for a failure; blank where nothing is."""
    before = snapshot_of(subject)
    after = _after(before, Rejected(by="", step=action.step))
    known = {run.ref for run in before.runs}
    runs = [run for run in after.runs if run.is_open or (run.ref not in known and run.state is not RunState.SKIPPED)]
    numbers = {run.ref.step for run in runs if having.is_for_failure(after.step(run.ref.step))}
    numbers |= {step.number for one in after.targets if one.is_failing for step in after_failure(after, one)}
    if not numbers:
        return ""
    sentence = _("First runs what is planned for a failure: {steps}.")
    return _when_resumed(subject, sentence.format(steps=_named([one for one in after.plan if one.number in numbers])))


def _after(snapshot: Snapshot, event: Event) -> Snapshot:
    """The release once it has heard that."""
    for change in decide(snapshot, event, timezone.now()).changes:
        snapshot = evolve(snapshot, change)
    return snapshot


def retry(subject: Release, action: RetryTarget) -> Preview:
    """What has failed is attempted again."""
    sentence = _("Release {number} attempts the step that failed on {cluster} again.")
    return Preview(happens=_when_resumed(subject, sentence.format(number=subject.number, cluster=action.cluster)))


def _when_resumed(subject: Release, happens: str) -> str:
    """What a word comes to, and that it does so later where the release is paused."""
    return f"{happens} {_WHEN_RESUMED}" if subject.state == ReleaseState.PAUSED else happens


def skip(subject: Release, action: SkipStep) -> Preview:
    """Which step passes, though nothing is done in the cluster for it, and what that sets free."""
    snapshot = snapshot_of(subject)
    target = next(one for one in snapshot.targets if one.name == action.cluster)
    event = Skipped(cluster=target.cluster, by="", step=action.step)
    after = _after(snapshot, event)
    step, known = snapshot.step(action.step), {run.ref for run in snapshot.runs}
    sentence = _("“{step}” of release {number} on {cluster} counts as passed.")
    said = [sentence.format(step=called(step.kind, step.options), number=subject.number, cluster=action.cluster)]
    if names := _passes_too(snapshot, step, target):
        said.append(_("It passes on {clusters} with that, too.").format(clusters=", ".join(names)))
    if after.state is ReleaseState.PAUSED:
        said.append(_("It is paused: what comes next begins once it is resumed."))
    begun = [run for run in after.open_runs if run.ref not in known]
    said += _ends(snapshot, after, target)
    said += [_begins(after, run, elsewhere=run.ref.cluster != target.cluster) for run in begun]
    said.append(behind.queued(subject))
    warned = [*troubled.warnings(snapshot, on=target), *_reads_in_vain(after, step, action.cluster, target.cluster)]
    return Preview(happens=" ".join(filter(None, said)), warnings=warned)


def _passes_too(snapshot: Snapshot, step: Step, skipped: Target) -> list[str]:
    """The other clusters that pass a step which one word passes for all of them, or for those of a wave."""
    if step.kind not in ("hold", "note", "gate"):
        return []
    passed = {run.ref.cluster for run in snapshot.runs if run.ref.step == step.number and run.state in RUN_PASSED}
    others = [one for one in snapshot.targets if one.state not in TARGET_SETTLED and one.cluster not in passed]
    same = [one for one in others if step.kind != "gate" or one.wave == skipped.wave]
    return [one.name for one in same if one.cluster != skipped.cluster]


def _begins(after: Snapshot, run: Run, *, elsewhere: bool) -> str:
    step, there = after.step(run.ref.step), after.target(run.ref.cluster)
    sentence = _("On {cluster} begins: {step}. {why}") if elsewhere else _("Then begins: {step}. {why}")
    name = there.name if there else ""
    return sentence.format(cluster=name, step=called(step.kind, step.options), why=words(run.reason)).rstrip()


def _ends(before: Snapshot, after: Snapshot, skipped: Target) -> list[str]:
    """That the cluster is through, and the release with it."""
    target, said = after.target(skipped.cluster), []
    if target and target.state is TargetState.DONE:
        said.append(_("{cluster} is through then.").format(cluster=target.name))
    if after.state is ReleaseState.SUCCEEDED:
        said.append(_("The release has succeeded then."))
    elif after.state is not before.state and after.reason:
        said.append(_("The release does not go on then: {why}").format(why=words(after.reason)))
    return said


def _reads_in_vain(after: Snapshot, skipped: Step, name: str, cluster: str) -> list[str]:
    """Which steps to come read what a skipped one would have given, and cannot do without it.

    Whatever else they read may not be there yet: then it is not sure.
    """
    called_so = skipped.options.get("name", "")
    known = having.outputs(after, cluster)
    said = []
    for step in after.plan:
        texts = [text for text in having.texts(step) if called_so and reads(text, called_so)]
        if step.back or step.number <= skipped.number or all(_comes_out(text, known) for text in texts):
            continue
        later = {str(one.options.get("name", "")) for one in after.plan if not one.back} - known.keys()
        if any(reads(text, one) for text in texts for one in later if one):
            sentence = _(
                "“{later}” reads what “{step}” gives. A skipped step gives nothing, so it may fail on {cluster}."
            )
        else:
            sentence = _("“{later}” reads what “{step}” gives. A skipped step gives nothing, so it fails on {cluster}.")
        said.append(sentence.format(later=step.options["name"], step=called_so, cluster=name))
    return said


def _comes_out(text: str, known: Mapping[str, Any]) -> bool:
    try:
        value_of(text, known)
    except BadExpression:
        return False
    return True
