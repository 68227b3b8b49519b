"""The traffic bar of a release: who gets how much of it, while two tracks stand side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt.spec import load
from apps_mgmt.spec.names import CANARY
from releases.models import Release, Step, StepRun, Target
from releases.pages.lane_figures import Seen, stands_in
from releases.states import RUN_OPEN, RunState
from releases.steps.apply import CLEARING
from releases.weighing import WEIGHED

LEFT, OLD, BESIDE, HOME, NEW = "left", "old", "beside", "home", "new"
"""How far a cluster is: while a second track that another release left goes; before one is opened, or back from it;
while it stands beside the first; while the first becomes new as well; and once that is all there is.
"""


def traffic(
    release: Release, targets: Sequence[Target], steps: Sequence[Step], runs: Sequence[StepRun], *, facts: Seen
) -> dict[str, Any] | None:
    """What the last step that moved it has left, where two tracks are reached, with a word on the clusters where only
    one is; None where that is so everywhere.
    """
    plan = {one.number: one for one in steps}
    done = [run for run in runs if run.state == RunState.DONE and run.step in plan]
    tracked = [target for target in targets if target.second]
    stages = {
        one.cluster_id: _stage([plan[run.step] for run in done if run.cluster_id == one.cluster_id]) for one in tracked
    }
    stages |= {run.cluster_id: LEFT for run in runs if run.cluster_id in stages and _clears(run)}
    if release.is_over or not any(stage in (BESIDE, HOME, LEFT) for stage in stages.values()):
        return None
    beside = [one for one in tracked if stages[one.cluster_id] == BESIDE]
    new_on = [one for one in tracked if stages[one.cluster_id] in (HOME, NEW)]
    old_on = [one for one in tracked if stages[one.cluster_id] == OLD]
    left_on = [one for one in tracked if stages[one.cluster_id] == LEFT]
    said = []
    if beside:
        there = {one.cluster_id for one in beside}
        mine = [run for run in runs if run.cluster_id in there and run.step in plan]
        new, sentence = _shared(
            beside, steps, plan, mine, facts={key: one for key, one in facts.items() if key in there}
        )
        said = [sentence, _named(_("On {clusters} all instances are new."), new_on)]
    elif old_on or left_on:
        new, said = _of_clusters(new_on, facts), [_named(_("On {clusters} all instances are new."), new_on)]
    else:
        new, said = 100, [_("All instances are new.")]
    said += [_named(_("On {clusters} all instances are old."), old_on), _named(_left(), left_on)]
    legend = {"old": _("old"), "new": _("new")}
    sentence = " ".join(filter(None, said))
    shares = {"old_share": 100 - new, "new_share": new}
    return {"address": "", "preview": _preview(release, beside, plan, done), **legend, **shares, "sentence": sentence}


def _preview(
    release: Release, beside: Sequence[Target], plan: Mapping[int, Step], done: Sequence[StepRun]
) -> dict[str, str] | None:
    """Where people reach the new instances by themselves, as {title, url}, until everybody is led to them; None where
    no route leads there. Such a route has no certificate.
    """
    for target in beside:
        moved = {plan[run.step].options.get("doors") for run in done if run.cluster_id == target.cluster_id}
        if not {"canary", "both"} & moved and any(_is_preview(key) for key in target.second.get("objects", ())):
            host = load(release.revision.spec).release.strategy.preview_host
            return {"title": host, "url": f"http://{host}/"} if host else None
    return None


def _is_preview(key: str) -> bool:
    """Whether an object of a second track is the route under the host of its own."""
    kind, _slash, name = key.partition("/")
    return kind in ("HTTPRoute", "Ingress") and name.endswith(CANARY)


def _clears(run: StepRun) -> bool:
    """Whether a run is at clearing away what another release left on the second track."""
    return run.state in RUN_OPEN and bool(run.output.get(CLEARING))


def _left() -> str:
    return _(
        "On {clusters} instances that another release left may be led to until they are gone. New ones come after that."
    )


def _stage(done: Sequence[Step]) -> str:
    """How far a cluster has come whose steps are done so far."""
    if not any(one.kind == "open_tracks" for one in done):
        return OLD
    if closing := [one for one in done if one.options.get("doors") == "close"]:
        return OLD if closing[-1].back else NEW
    written = any(one.kind == "apply" and one.options.get("part") == "workloads" and not one.back for one in done)
    return HOME if written else BESIDE


def _named(sentence: str, targets: Sequence[Target]) -> str:
    return sentence.format(clusters=", ".join(one.cluster_name for one in targets)) if targets else ""


def _shared(
    targets: Sequence[Target], steps: Sequence[Step], plan: Mapping[int, Step], runs: Sequence[StepRun], *, facts: Seen
) -> tuple[int, str]:
    """What new instances get of the traffic, in percent, where they stand beside the old ones, and how it is given."""
    done = [plan[run.step] for run in runs if run.state == RunState.DONE]
    last = next((one for one in reversed(done) if one.kind == "traffic"), None)
    routed = any(target.second.get("routes") for target in targets)
    if last is not None and last.options.get("doors") == "canary":
        return 100, _("All of it goes to the new set; the old one stands by.")
    if last is not None and last.options.get("doors") == "both" and last.options.get("share") is None:
        return _by_instances(facts), _("It goes with the instances.")
    if routed and (last is None or last.options.get("share") is not None):
        new, sentence = _routed(last, targets, _by_hand(plan, runs))
        if standing_in := [one for one in targets if stands_in(one, steps)]:
            sentence = f"{sentence} {_named(_('On {clusters} it goes with the instances.'), standing_in)}".strip()
        return new, sentence
    if last is None and any(one.options.get("doors") == "leave" for one in done if not one.back):
        return 0, _("All of it goes to the old set, until the switch.")
    return _by_instances(facts), _("It goes with the instances: routes give no shares here.")


def _by_hand(plan: Mapping[int, Step], runs: Sequence[StepRun]) -> dict[str, int]:
    """Host → percent, as people said since the last step that moved the traffic."""
    found: dict[str, int] = {}
    for run in runs:
        if plan[run.step].kind == "traffic" and run.state == RunState.DONE:
            found = {}
        found |= run.output.get(WEIGHED, {})
    return found


def _routed(last: Step | None, targets: Sequence[Target], by_hand: Mapping[str, int]) -> tuple[int, str]:
    """What routes give the new ones, in percent, and a sentence. Where hosts differ: the plan's share, and which do.

    `last` is the step that moved it last; until one has, routes lead to the old ones alone.
    """
    planned, said = (int(last.options["share"]), _header(last.options)) if last else (0, "")
    if last is None and not by_hand:
        return 0, _("Routes lead to the old instances alone, until a step gives the new ones a share.")
    if not by_hand:
        return planned, said
    routes = {key for target in targets for key in target.second.get("routes", ())}
    shares = set(by_hand.values()) | ({planned} if len(by_hand) < len(routes) else set())
    sentence = _("{host}: {share} % to new ones, set by hand.")
    hands = (sentence.format(host=host, share=share) for host, share in sorted(by_hand.items()))
    return shares.pop() if len(shares) == 1 else planned, " ".join([*hands, said]).strip()


def _header(options: Mapping[str, Any]) -> str:
    if not options.get("header"):
        return ""
    sentence = _("Requests with {header}: {value} go to the new instances in any case.")
    return sentence.format(header=options["header"], value=options.get("value", ""))


def _of_clusters(new_on: Sequence[Target], facts: Seen) -> int:
    """The share of ready instances that are on clusters where all are new, in percent."""
    ready = {cluster: sum(one.ready for one in seen.workloads) for cluster, seen in facts.items()}
    total = sum(ready.values())
    return round(100 * sum(ready.get(one.cluster_id, 0) for one in new_on) / total) if total else 0


def _by_instances(facts: Seen) -> int:
    """The share of ready instances that are of the second track, in percent."""
    workloads = [one for seen in facts.values() for one in seen.workloads]
    ready = sum(one.ready for one in workloads)
    return round(100 * sum(one.ready for one in workloads if one.track == "canary") / ready) if ready else 0
