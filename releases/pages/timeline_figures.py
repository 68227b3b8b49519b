"""The timeline of a release in words, the newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from releases import overriding
from releases.models import Release, Step, Target, TimelineEvent
from releases.pages.lane_figures import is_for_others
from releases.scaled import AUTOSCALER
from releases.states import ReleaseKind, ReleaseState, RunState, TargetState
from releases.wording import RELEASE_STATES, REMOVED, TARGET_STATES, step_title
from tenants import freezes

SHOWN = 200
WEIGHED = "Weighed"
"""A person's word on the traffic, which is told whatever came of the step that waited."""

TONES = {"succeeded": "good", "done": "good", "failed": "bad", "rolled_back": "warn"}


def timeline(release: Release, targets: Sequence[Target], steps: Sequence[Step]) -> list[dict[str, Any]]:
    """What happened; of each attempt at a step its last word, and one reason for many lines only once."""
    names = {str(one.cluster_id): one.cluster_name for one in targets}
    titles = {one.number: step_title(one.kind, one.options) for one in steps}
    items: list[dict[str, Any]] = []
    told: set[tuple[Any, ...]] = set()
    said: set[str] = set()
    rows = list(release.timeline.order_by("-seq")[:SHOWN])
    answering = _answering(rows, names)
    anew = frozenset(str(one.cluster_id) for one in targets if one.before_id is None)
    others = {
        (str(one.cluster_id), step.number) for one in targets for step in steps if is_for_others(step, one, steps)
    }
    for row in rows:
        run = tuple(row.change.get(name) for name in ("cluster", "step", "attempt"))
        # Of one run the last word is enough: that it began goes without saying once it has ended.
        if row.change["change"] == "run" and run in told and row.cause != WEIGHED:
            continue
        if run[:2] in others and row.change["state"] != RunState.FAILED:
            continue
        told |= {run} if row.cause != WEIGHED else set()
        item = _event(row, names, titles, anew=anew) | answering.get(row.seq, {})
        # The release, its cluster and its step fail for one reason, which is said once.
        if item["tone"] == "bad" and item["note"] in said:
            item["note"] = ""
        elif item["tone"] == "bad":
            said.add(item["note"])
        elif row.change["change"] == "release":
            said.clear()
        items.append(item)
    return [*items, *_about_others(release, targets)]


def _about_others(release: Release, targets: Sequence[Target]) -> list[dict[str, Any]]:
    """What the release takes from other managers, and what it leaves to them, as it was frozen."""
    items = []
    for target in targets:
        taken, numbers = _taken(target, stops=release.kind == ReleaseKind.STOP)
        left: dict[str, set[str]] = {key: set(fields.values()) for key, fields in target.left.items()}
        again = _(
            "{cluster}: sets the number of instances of {objects}; an autoscaler that is still there sets it again"
        )
        for name, rows, sentence in (
            ("forced", taken, _("{cluster}: takes {objects} back from {managers}")),
            ("scaled", numbers, again),
            ("left", left, _("{cluster}: leaves fields of {objects} to {managers}")),
        ):
            managers = sorted({manager for named in rows.values() for manager in named})
            if managers:
                words = {"cluster": target.cluster_name, "objects": ", ".join(sorted(rows))}
                text = sentence.format(managers=", ".join(managers), **words)
                told = {"at": release.created_at, "text": text, "tone": "", "note": "", "who": ""}
                items.append({**told, "key": f"{name}-{target.cluster_name}"})
    return items


def _taken(target: Target, *, stops: bool) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """From whom which object is taken; and apart those of autoscalers, which go on with what does not stop."""
    taken: dict[str, set[str]] = {}
    numbers: dict[str, set[str]] = {}
    for key, managers in target.forced.items():
        others = set(managers or [_("somebody")])
        if not stops and AUTOSCALER in others:
            numbers[key] = {AUTOSCALER}
            others.discard(AUTOSCALER)
        if others:
            taken[key] = others
    return taken, numbers


def _answering(rows: Sequence[TimelineEvent], names: Mapping[str, str]) -> dict[int, dict[str, Any]]:
    """The lines that only say that nothing is heard of a cluster, or something again; by number."""
    told: dict[int, dict[str, Any]] = {}
    before: dict[str, Mapping[str, Any]] = {}
    for row in reversed(rows):
        change = row.change
        if change["change"] != "target":
            continue
        last = before.get(change["cluster"], {})
        before[change["cluster"]] = change
        name = names.get(change["cluster"], "?")
        if change["lost_since"] and not last.get("lost_since"):
            told[row.seq] = {"text": _("nothing is heard of {cluster}").format(cluster=name), "tone": "warn"}
        elif last.get("lost_since") and not change["lost_since"] and last["state"] == change["state"]:
            told[row.seq] = {"text": _("{cluster} is heard of again").format(cluster=name), "tone": ""}
    return told


def _event(
    row: TimelineEvent, names: Mapping[str, str], titles: Mapping[int, str], *, anew: frozenset[str]
) -> dict[str, Any]:
    """`anew`: the clusters on which nothing ran before, so that going back brings nothing back there."""
    change = row.change
    if change["change"] == "step":
        return _calendar_item(row)
    state = change["state"]
    back = state == ReleaseState.ROLLED_BACK
    if change["change"] == "release":
        text = str(REMOVED if back and anew >= set(names) else RELEASE_STATES[ReleaseState(state)])
    elif change["change"] == "target":
        word = REMOVED if back and change["cluster"] in anew else TARGET_STATES[TargetState(state)]
        text = f"{names.get(change['cluster'], '?')}: {word}"
    else:
        return _run_item(row, names, titles)
    tone = TONES.get(state, "")
    return {"at": row.at, "text": text, "tone": tone, "note": row.why, "who": row.actor_name, "key": str(row.seq)}


def _calendar_item(row: TimelineEvent) -> dict[str, Any]:
    """Somebody changed the calendar that the release keeps to: what is frozen since."""
    spans = [f"{one['name']}: {freezes.span(one)}" for one in row.change["options"]["freezes"]]
    note = "; ".join(spans) or _("Nothing is or will be frozen.")
    return {
        "at": row.at,
        "text": _("the freeze calendar was changed"),
        "tone": "",
        "note": note,
        "who": row.actor_name,
        "key": str(row.seq),
    }


def _run_item(row: TimelineEvent, names: Mapping[str, str], titles: Mapping[int, str]) -> dict[str, Any]:
    change = row.change
    endings = {RunState.DONE: _("done"), RunState.FAILED: _("failed"), RunState.SKIPPED: _("skipped")}
    ending = endings.get(change["state"], "")
    step = f"{names.get(change['cluster'], '?')}: {titles.get(change['step'], change['step'])}"
    return {
        "at": row.at,
        "text": f"{step}, {ending}" if ending else step,
        "tone": "bad" if change["state"] == RunState.FAILED else "",
        "note": row.why or overriding.told(change["output"]),
        "who": row.actor_name,
        "key": str(row.seq),
    }
