"""The sentence of each reason, by its code. `wording.words` fills in the values."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, str | Promise] = {
    "crash_loop": _("{process} keeps crashing on {cluster}: {words}. Read its log."),
    "image_pull": _("{cluster} cannot pull the image of {process}: {words}. Check its name and the registry's rights."),
    "bad_config": _("{process} cannot start on {cluster}: {words}. Check its command and its configuration."),
    "progress_deadline": _("{process} made no progress on {cluster}: {words}. Look at its instances."),
    "quota": _("{cluster} has no room for more instances of {process}: {words}. Ask for fewer, or for more quota."),
    "unschedulable": _("No machine of {cluster} takes an instance of {process}: {words}."),
    "gone": _("{process} was deleted on {cluster}, outside Slipway. Deploy makes it again."),
    "track_gone": _(
        "The new instances of {process} were deleted on {cluster}, outside Slipway, with their second track. Go back, "
        "or deploy again, which makes them anew."
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
    "refused": _("{cluster} refused the change: {words}"),
    "cluster_quota": _("{words}"),
    "tried_again": _("{words}"),
    "fence_lost": _("A newer release of this app has taken over on {cluster}."),
    "nothing_here": _("Nothing shall run here any more."),
    "not_wanted": _("Its condition does not hold."),
    "bad_expression": _("What {step} says of earlier steps cannot be worked out: {words}. Change it and deploy again."),
    "tries_again": _("It is tried again at {at}. {waited}"),
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
    "trading": _("{ready} of {goal} new instances are ready, {old} old ones run beside them."),
    "instances_left": _("{left} instances are still going."),
    "objects_left": _("{left} objects are still going."),
    "objects_held": _(
        "{left} objects are still going. {what} waits for the finalizer {finalizers}; whoever put it there takes it "
        "out."
    ),
    "share_without_instances": _(
        "No instance of {workload} is ready, so no request is led there yet. It goes on by itself once one is; if none "
        "can come, abort the release and deploy again."
    ),
    "weighed": _("{by} gives new instances {share} % of the traffic of {host}."),
    "waits_for_approval": _("{given} of {count} people have approved."),
    "approval_expired": _("Nobody approved it within {seconds} seconds. Deploy again when somebody can."),
    "not_approved": _("It was not approved within {seconds} seconds. {waited} Deploy again when somebody can."),
    "note": _("{words}"),
    "soaking": _("Looking on until {until}."),
    "soak_failed": _(
        "New instances restarted {restarts} times on {cluster}, {allowed} were allowed. Look at their logs."
    ),
    "frozen": _("Frozen until {until} ({name}): {words}."),
    "window_closed": _("Waits for its window, which opens at {until}."),
    "waits_for_person": _("Waits until somebody lets it go on."),
    "wave_waits_for_person": _("Wave {wave} waits until somebody lets it go on."),
    "wave_waits": _("Wave {wave} begins at {until}."),
    "rejected": _("{by} rejected it: {words}"),
    "skipped": _("{by} skipped this step."),
    "paused": _("{by} paused it. Resume it to let the next steps begin."),
    "aborted": _("{by} aborted it."),
    "superseded": _("{by} started a newer release in its place."),
    "app_deleted": _("{by} deleted the app."),
    "stopped": _("It was stopped."),
    "queued": _("Waits for release {number} to end."),
    "within_budget": _("{failed} of {all} clusters failed, which the release allows."),
    "cluster_away": _("{cluster} does not answer, as seen at {since}. Slipway waited until the step's time was over."),
    "cluster_gone": _("{by} declared {cluster} gone for good. What ran there is forgotten."),
    "effect_overdue": _("{cluster} did not take the change within {seconds} seconds. Deploy again when it answers."),
    "check_failed": _("A check of {process} failed on {cluster}: {words}. Look at its instances, or roll back."),
    "deadline": _("{cluster} made no progress for {seconds} seconds. {waited}"),
    "rollback_failed": _("Rolling back failed on {clusters}: {waited}"),
    "given_up": _("Slipway gave up on {cluster}: {words}"),
    "goes_back_first": _("Goes on here until all is back on {cluster}."),
    "kept_here": _("What runs on {cluster} stays, because it did not come back on {other}: {waited}"),
}
