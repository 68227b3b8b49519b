"""The sentence of each reason, by its code. `wording.words` fills in the values."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

COUNTED = {"instances_left": "left", "objects_left": "left", "objects_held": "left"}
"""The sentences that differ for one and for many, and by which value."""

SENTENCES: dict[str, str | Promise] = {
    "crash_loop": _("{process} keeps crashing on {cluster}: {words}. Read its log."),
    "image_pull": _("{cluster} cannot pull the image of {process}: {words}. Check its name and the registry's rights."),
    "bad_config": _("{process} cannot start on {cluster}: {words}. Check its command and its configuration."),
    "progress_deadline": _("{process} made no progress on {cluster}: {words}. Look at its instances."),
    "quota": _("{cluster} has no room for more instances of {process}: {words}. Ask for fewer, or for more quota."),
    "unschedulable": _("No machine of {cluster} takes an instance of {process}: {words}."),
    "gone": _(
        "{process} was deleted on {cluster}, outside Slipway, after the release wrote it. Abort the release, if it is "
        "not over, then deploy again or roll back: either makes it anew."
    ),
    "track_gone": _(
        "The new instances of {process} were deleted on {cluster}, outside Slipway, with their second track. Go back, "
        "or deploy again, which makes them anew."
    ),
    "track_changed": _(
        "{managers} changed the {fields} of {workload} on {cluster}, outside Slipway: these new instances are not what "
        "the release brings, so they are not made more. Undo that there, or leave it (drift.leave), and deploy again; "
        "or go back, or take it over (drift.take_over)."
    ),
    "template_changed": _(
        "{managers} changed the {fields} of {workload} on {cluster}, outside Slipway, after the release wrote it: what "
        "runs there is not what the release brings. Undo that there, or leave it (drift.leave), and deploy again; or "
        "take it over (drift.take_over)."
    ),
    "number_changes": _(
        "On {cluster}, {by} set the number of instances of {workload} to {number}, outside Slipway, after the release "
        "set {wanted}. It is not written again: the release fails at {until}, unless somebody sets it back there or "
        "leaves it (drift.leave). Or abort the release, which brings back what ran before."
    ),
    "number_changed": _(
        "On {cluster}, {by} set the number of instances of {workload} to {number}, outside Slipway, after the release "
        "set {wanted}. Take the number over (drift.take_over), which sets it again; or leave it (drift.leave) and "
        "deploy again."
    ),
    "none_meanwhile": _(
        "On {cluster}, {by} set the number of instances of {workload} to {number}, outside Slipway, after the release "
        "set {wanted}. It is not written again: the release fails at {until}, unless somebody sets it back there. Or "
        "abort the release, which brings back what ran before."
    ),
    "none_at_all": _(
        "On {cluster}, {by} set the number of instances of {workload} to {number}, outside Slipway, after the release "
        "set {wanted}. Take the number over (drift.take_over) or deploy again: either sets it again."
    ),
    "number_kept": _(
        "{workload} on {cluster} keeps the {number} instances that {by} asked for, outside Slipway, so they cannot be "
        "replaced some at a time. Take the number over (drift.take_over), or deploy by the strategy rolling."
    ),
    "number_scaled": _(
        "An autoscaler (HorizontalPodAutoscaler) that is not Slipway's keeps {workload} on {cluster} at {number} "
        "instances, so they cannot be replaced some at a time. Delete it there and deploy again, or deploy by the "
        "strategy rolling."
    ),
    "unprepared": _(
        "{process} is gone on {cluster}, and Slipway may make nothing in its namespace. A platform operator can make "
        "the cluster ready again (cluster.prepare)."
    ),
    "replaced": _(
        "{process} was deleted on {cluster}, outside Slipway, and another one of its name was made in its place. "
        "Take it over (drift.take_over), or delete it there and deploy."
    ),
    "astray": _(
        "Somebody changed or removed a label by which Slipway knows {process} on {cluster}. Deploy puts it back."
    ),
    "copied": _(
        "{process} was made on {cluster}, outside Slipway, with the labels of the app. The next release removes it, "
        "unless its label slipway.dev/app-id is taken off."
    ),
    "refused": _("{cluster} refused the change: {words}"),
    "cluster_quota": _("{words}"),
    "tried_again": _("{words}"),
    "fence_lost": _("A newer release of this app has taken over on {cluster}."),
    "nothing_here": _("Nothing shall run here any more."),
    "not_wanted": _("Its condition does not hold."),
    "bad_expression": _("What {step} says of earlier steps cannot be worked out: {words}. Change it and deploy again."),
    "skipped_output": _(
        "{step} reads the output of {skipped}, which somebody skipped, so that there is none: {words}. Deploy again "
        "without skipping that, or write has(…) around what {step} reads."
    ),
    "tries_again": _("It is tried again at {at}. {waited}"),
    "tried_again_resumed": _("It is tried again once the release is resumed. {waited}"),
    "tried_elsewhere": _("Takes nothing down until {cluster} has said whether it takes what comes."),
    "done_elsewhere": _("Waits for {cluster}, which does it for all clusters."),
    "job_begins": _("Waits for {cluster} to begin {step}."),
    "job_runs": _("{step} runs on {cluster}."),
    "job_failed": _("{step} failed on {cluster}: {words}. Read its log below."),
    "building": _("Waits for the server to make the image of {step}."),
    "build_failed": _("{step} made no image: {words}. Look at what it builds, then deploy again."),
    "call_refused": _("The call of {step} went wrong: {words}. Look at its address and at what it sends."),
    "no_answer": _("No answer to {step} came within {seconds} seconds. Look whether its server is there."),
    "checking": _("{step} asked {asked} times, {bad} answers were not right."),
    "http_check_failed": _("The check {step} failed on {cluster}: {bad} of {asked} answers were wrong, last: {words}."),
    "metric_check_failed": _(
        "The check {step} failed on {cluster}: {bad} of {asked} values were not {bounds}, the last was {value}."
    ),
    "not_seen_yet": _("Waiting for {cluster} to report the change."),
    "held": _(
        "Somebody paused the rollout of {process} on {cluster}, so no new instance comes. Resume it there: kubectl "
        "rollout resume."
    ),
    "held_by": _(
        "{words} paused the rollout of {process} on {cluster}, so no new instance comes. Resume it there: kubectl "
        "rollout resume; a CloneSet by its updateStrategy.paused."
    ),
    "rolling": _("{ready} of {wanted} new instances are ready."),
    "refilling": _("{ready} of {wanted} instances are ready."),
    "clearing_track": _(
        "What another release left beside it goes first: {ready} of {goal} instances of the first track are ready, "
        "{left} of the second are left."
    ),
    "trading": _("{ready} of {goal} new instances are ready, {old} old ones run beside them."),
    "instances_left": ngettext_lazy("{left} instance is still going.", "{left} instances are still going.", "left"),
    "objects_left": ngettext_lazy("{left} object is still going.", "{left} objects are still going.", "left"),
    "objects_held": ngettext_lazy(
        "{left} object is still going. {what} waits for the finalizer {finalizers}; whoever put it there takes it out.",
        "{left} objects are still going. {what} waits for the finalizer {finalizers}; whoever put it there takes it "
        "out.",
        "left",
    ),
    "share_without_instances": _(
        "No instance of {workload} is ready, so no request is led there yet. It goes on by itself once one is; if none "
        "can come, abort the release and deploy again."
    ),
    "weighed": _("{by} gives new instances {share} % of the traffic of {host}."),
    "waits_for_approval": _("{given} of {count} people have approved."),
    "approval_expired": _("Nobody approved it within {seconds} seconds. Deploy again when somebody can."),
    "too_few_approved": _(
        "{given} of {count} people approved it within {seconds} seconds. Deploy again when enough of them can."
    ),
    "not_approved": _("It was not approved within {seconds} seconds. {waited} Deploy again when somebody can."),
    "not_confirmed": _(
        "Nobody confirmed {step} within {seconds} seconds: {words}. Deploy again when somebody can do that and say so."
    ),
    "not_let_on": _("Nobody let it go on within {seconds} seconds. Deploy again when somebody can."),
    "note": _("{words}"),
    "soaking": _("Looking on until {until}."),
    "soak_failed": _(
        "New instances restarted {restarts} times on {cluster}, {allowed} were allowed. Look at their logs."
    ),
    "frozen": _("Frozen until {until} ({name}): {words}."),
    "window_closed": _("Waits for its window, which opens at {until}."),
    "waits_for_person": _("Waits until somebody lets it go on."),
    "goes_on_at": _("Goes on by itself at {until}, or when somebody lets it go on."),
    "goes_on_resumed": _("Its time is over at {until}, but the release is paused: it goes on once that is resumed."),
    "old_set_kept": _("The old instances are kept until {until}; then, or when somebody lets it go on, they go."),
    "wave_waits_for_person": _("Wave {wave} waits until somebody lets it go on."),
    "wave_waits": _("Wave {wave} begins at {until}."),
    "rejected": _("{by} rejected it: {words}"),
    "skipped": _("{by} skipped this step."),
    "paused": _("{by} paused it. Resume it to let the next steps begin."),
    "aborted": _("{by} aborted it."),
    "superseded": _("{by} started a newer release in its place."),
    "app_deleted": _("{by} deleted the app."),
    "stopped": _("It was stopped."),
    "kept_back": _("It is held before it brings anything to {cluster}. {why}."),
    "isolated_anew": _(
        "The isolation of the tenant was changed after this release was made, and nothing of it is on {cluster} yet: "
        "{why}. Deploy again, so that what it brings is isolated."
    ),
    "queued": _("Waits for release {number} to end."),
    "within_budget": _("{failed} of {all} clusters failed, which the release allows."),
    "cluster_away": _("Nothing is heard of {cluster} since {since}. Slipway waited until the step's time was over."),
    "cluster_gone": _("{by} declared {cluster} gone for good. What ran there is forgotten."),
    "effect_overdue": _("{cluster} did not take the change within {seconds} seconds. Deploy again when it answers."),
    "check_failed": _("A check of {process} failed on {cluster}: {words}. Look at its instances, or roll back."),
    "deadline": _("{cluster} made no progress for {seconds} seconds. {waited}"),
    "rollback_failed": _("Rolling back failed on {clusters}: {waited}"),
    "given_up": _("Slipway gave up on {cluster}: {words}"),
    "goes_back_first": _("Goes on here until all is back on {cluster}."),
    "kept_here": _("What runs on {cluster} stays, because it did not come back on {other}: {waited}"),
}
