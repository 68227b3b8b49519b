"""What somebody overrides who lets a release go on in spite of the calendar: in words, before and in the log.

An override is of the freezes that the release knows then, those that hold and those to come, for the time that they
have then: see `steps.freeze`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.operations.subject import Preview
from releases import answering
from releases.asking import OverrideFreeze
from releases.loading import snapshot_of
from releases.models import Release, StepRun
from releases.snapshot import Snapshot, Step
from releases.states import RUN_PASSED, TARGET_SETTLED, ReleaseState, RunState
from releases.steps.freeze import ahead
from releases.waiting import FREEZE
from tenants.freezes import PLATFORM, span


def preview(subject: Release, action: OverrideFreeze) -> Preview:
    """What goes on, now and later; each freeze that it passes with that, whose it is, and from when to when."""
    found = answering.promote(subject, action)
    snapshot = snapshot_of(subject)
    lines = {
        run.ref.step
        for run in snapshot.open_runs
        if run.state is RunState.WATCHING and action.step in (0, run.ref.step)
    }
    said, paused = [found.happens], snapshot.state is ReleaseState.PAUSED
    for step in snapshot.plan:
        if step.number in lines and step.kind == FREEZE:
            now, later = _clusters(snapshot, step)
            on = _("It goes on then on {clusters}.") if paused else _("It goes on at once on {clusters}.")
            said.append(on.format(clusters=", ".join(now)))
            said += [_passes(row) for row in ahead(step.options["freezes"], timezone.now())]
            if later:
                sentence = _("{clusters}, to come later: the same, within these times.")
                said.append(sentence.format(clusters=", ".join(later)))
            said.append(_("What somebody freezes or prolongs after this holds it again."))
    return Preview(happens=" ".join(said), warnings=found.warnings)


def overridden(release: Release) -> frozenset[int]:
    """The runs of a release that somebody let go on so far."""
    return frozenset(StepRun.objects.filter(release=release, output__has_key="covers").values_list("pk", flat=True))


def log_rows(release: Release, *, since: Iterable[int]) -> list[dict[str, str]]:
    """The freezes that were overridden by runs that were not among these, as rows {label, before, after, kind}."""
    runs = StepRun.objects.filter(release=release, output__has_key="covers").exclude(pk__in=since)
    covers = {(row["whose"], row["name"]): row for run in runs for row in run.output["covers"]}
    return [
        {"label": named(row), "before": span(row), "after": _("overridden"), "kind": "changed"}
        for _key, row in sorted(covers.items())
    ]


def told(output: Mapping[str, Any]) -> str:
    """What was overridden, and why: of a run that somebody let go on. Blank for any other."""
    if not output.get("overridden_by"):
        return ""
    covers = ", ".join(f"{named(row)} ({span(row)})" for row in output.get("covers", ()))
    sentence = _("Overridden: {covers}.").format(covers=covers) if covers else _("Overridden.")
    return " ".join(filter(None, (sentence, output.get("words", ""))))


def named(row: Mapping[str, str]) -> str:
    """A freeze, and whose it is."""
    sentence = _("the platform's freeze {name}") if row["whose"] == PLATFORM else _("the tenant's freeze {name}")
    return sentence.format(name=row["name"])


def _passes(row: Mapping[str, str]) -> str:
    return _("It passes {freeze}, {span}.").format(freeze=named(row), span=span(row))


def _clusters(snapshot: Snapshot, step: Step) -> tuple[list[str], list[str]]:
    """Those that wait at the line, and those that come to it later."""
    runs = [run for run in snapshot.runs if run.ref.step == step.number]
    waits = {run.ref.cluster for run in runs if run.state is RunState.WATCHING}
    passed = {run.ref.cluster for run in runs if run.state in RUN_PASSED}
    left = [one for one in snapshot.targets if one.state not in TARGET_SETTLED]
    now = [one.name for one in left if one.cluster in waits]
    return now, [one.name for one in left if one.cluster not in waits | passed]
