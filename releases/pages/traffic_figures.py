"""The traffic bar of a release: who gets how much of it, while two tracks stand side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from releases.models import Release, Step, StepRun, Target
from releases.pages.lane_figures import Seen, stands_in
from releases.states import RunState
from releases.weighing import WEIGHED


def traffic(
    release: Release, targets: Sequence[Target], steps: Sequence[Step], runs: Sequence[StepRun], *, facts: Seen
) -> dict[str, Any] | None:
    """What the last step that moved it has left; None where only one track is reached."""
    plan = {one.number: one for one in steps}
    done = [plan[run.step] for run in runs if run.state == RunState.DONE and run.step in plan]
    if release.is_over or not any(target.second for target in targets):
        return None
    if not any(one.kind == "open_tracks" for one in done) or any(one.options.get("doors") == "close" for one in done):
        return None
    last = next((one for one in reversed(done) if one.kind == "traffic"), None)
    routed = any(target.second.get("routes") for target in targets)
    if any(one.kind == "apply" and one.options.get("part") == "workloads" and not one.back for one in done):
        new, sentence = 100, _("All instances are new.")
    elif last is not None and last.options.get("doors") == "canary":
        new, sentence = 100, _("All of it goes to the new set; the old one stands by.")
    elif last is not None and last.options.get("doors") == "both" and last.options.get("share") is None:
        new, sentence = _by_instances(facts), _("It goes with the instances.")
    elif routed and (last is None or last.options.get("share") is not None):
        new, sentence = _routed(last, targets, _by_hand(plan, runs))
        if names := ", ".join(one.cluster_name for one in targets if stands_in(one, steps)):
            sentence = f"{sentence} {_('On {clusters} it goes with the instances.').format(clusters=names)}".strip()
    elif any(one.kind == "open_tracks" and one.options.get("doors") == "leave" for one in done):
        new, sentence = 0, ""
    else:
        new, sentence = _by_instances(facts), _("It goes with the instances: routes give no shares here.")
    legend = {"old": _("old"), "new": _("new")}
    return {"address": "", **legend, "old_share": 100 - new, "new_share": new, "sentence": sentence}


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


def _by_instances(facts: Seen) -> int:
    """The share of ready instances that are of the second track, in percent."""
    workloads = [one for seen in facts.values() for one in seen.workloads]
    ready = sum(one.ready for one in workloads)
    return round(100 * sum(one.ready for one in workloads if one.track == "canary") / ready) if ready else 0
