"""What is under way, or waits for its turn, when somebody changes a freeze calendar: what becomes of each release."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from releases.models import Release, Step, StepRun, Target
from releases.states import RUN_PASSED, TARGET_SETTLED, TERMINAL, ReleaseState, RunState, TargetState
from releases.steps.freeze import covered_until, longest, passes_all, uncovered
from releases.waiting import FREEZE
from tenants import freezes
from tenants.freezes import PLATFORM, TENANT, Freeze

MOST_NAMED = 20


@dataclass(frozen=True)
class _Changed:
    """A calendar: the freezes that are new or others than before, those that were (`gone`), all that there are now, and
    those of the platform where it is a tenant's.
    """

    new: tuple[Freeze, ...]
    gone: tuple[Freeze, ...]
    now: tuple[Freeze, ...]
    platform: tuple[Freeze, ...]
    tenant_id: uuid.UUID | None

    @property
    def whose(self) -> str:
        return TENANT if self.tenant_id else PLATFORM

    def rows_for(self, release: Release) -> list[tuple[str, Freeze]]:
        """What is or will be frozen of the app of a release."""
        tenant = release.app.tenant
        platform = self.platform if self.tenant_id else self.now
        own = self.now if self.tenant_id else freezes.load(tenant.freezes)
        return freezes.among(platform, own, tenant=tenant.name, app=release.app.name, now=timezone.now())

    def is_for(self, some: Iterable[Freeze], release: Release) -> bool:
        name = release.app.name if self.tenant_id else release.app.tenant.name
        return any(not one.only or name in one.only for one in some)


@dataclass(frozen=True)
class _Keeps:
    """Whether a release waits for the end of a freeze now, and whether any cluster comes to one yet. `outputs`: of its
    runs there, which say what was overridden.
    """

    waits: bool
    comes: bool
    outputs: tuple[Mapping[str, Any], ...] = ()

    def overridden(self, some: Iterable[Freeze], whose: str) -> tuple[bool, str]:
        """Whether it passes all of these, for as long as they last; else until when one that was prolonged does not
        hold it, in words, blank where one holds it from its beginning.
        """
        now, until = timezone.now(), ""
        for one in some:
            row = freezes.row(whose, one)
            cover = covered_until(row, self.outputs, now)
            if cover is None:
                return False, ""
            if datetime.fromisoformat(cover["ends"]) < one.end:
                until = str(cover["until"])
        return not until, until


def named(before: Sequence[Freeze], after: Sequence[Freeze], *, tenant_id: uuid.UUID | None = None) -> list[str]:
    """A sentence for each release for which freezes are new, others than before, or lifted: of a tenant, or of all
    where it is the platform's calendar.
    """
    new = tuple(one for one in after if one not in before)
    gone = tuple(one for one in before if one not in after and not one.is_over(timezone.now()))
    changed = _Changed(new, gone, tuple(after), freezes.of_platform() if tenant_id else (), tenant_id)
    rows = Release.objects.exclude(state__in=TERMINAL).select_related("app__tenant")
    rows = rows.filter(app__tenant=tenant_id) if tenant_id else rows
    ordered = rows.order_by("app__tenant__name", "app__name", "number")
    found = [one for one in ordered if changed.is_for((*new, *gone), one)]
    keeping = _keeping(found)
    sentences = [text for one in found if (text := _sentence(one, changed, keeping.get(one.pk)))]
    said = sentences[:MOST_NAMED]
    if (more := len(sentences) - MOST_NAMED) > 0:
        sentence = ngettext("So is it with {count} more release.", "So is it with {count} more releases.", more)
        said.append(sentence.format(count=more))
    return said


def _sentence(release: Release, changed: _Changed, keeps: _Keeps | None) -> str:
    """What becomes of it; blank where nothing is told, as what was lifted never held it."""
    name, until = "", ""
    is_new = changed.is_for(changed.new, release)
    if not is_new and not (keeps and (keeps.waits or keeps.comes)):
        return ""
    mine = [one for one in (changed.new if is_new else changed.gone) if changed.is_for((one,), release)]
    passes, until = keeps.overridden(mine, changed.whose) if keeps and mine else (False, "")
    if release.state == ReleaseState.WAITING:
        sentence = _(
            "Release {number} of {app}, started by {who}, waits for its turn: where what it brings is new then, it "
            "keeps to this freeze."
        )
    elif keeps and keeps.waits:
        sentence, name, until = _waiting(release, changed, keeps.outputs)
    elif keeps and keeps.comes and passes:
        sentence = _("Release {number} of {app}, started by {who}, is under way: this freeze does not hold it.")
    elif keeps and keeps.comes and is_new and until:
        sentence = _(
            "Release {number} of {app}, started by {who}, is under way, and somebody let it pass this freeze until "
            "{until}: the clusters that come to it after that keep to it."
        )
    elif keeps and keeps.comes and is_new:
        sentence = _(
            "Release {number} of {app}, started by {who}, is under way: the clusters where it has not begun keep to "
            "this freeze when they come to it."
        )
    elif keeps and keeps.comes:
        sentence = _(
            "Release {number} of {app}, started by {who}, is under way: this freeze does not hold the clusters any "
            "more where it has not begun."
        )
    else:
        sentence = _("Release {number} of {app}, started by {who}, is under way: this freeze does not hold it.")
    app = release.app.name if changed.tenant_id else f"{release.app.tenant.name}/{release.app.name}"
    words = {"number": release.number, "app": app, "who": release.actor_name, "name": name, "until": until}
    return sentence.format(**words)


def _waiting(release: Release, changed: _Changed, outputs: Iterable[Mapping[str, Any]]) -> tuple[str, str, str]:
    """What holds a release from now on that waits for the end of a freeze: the sentence, the freeze, until when."""
    rows = [freezes.row(whose, one) for whose, one in changed.rows_for(release)]
    row = longest(uncovered(rows, outputs, timezone.now()), timezone.now())
    if row is None:
        sentence = _(
            "Release {number} of {app}, started by {who}, waits for the end of this freeze, which does not hold it "
            "any more."
        )
        return sentence, "", ""
    if row["whose"] == changed.whose and row["name"] in {one.name for one in changed.new}:
        sentence = _("Release {number} of {app}, started by {who}, is held by this freeze until {until}.")
    else:
        sentence = _("Release {number} of {app}, started by {who}, is held by the freeze {name} until {until}.")
    return sentence, row["name"], row["until"]


def _keeping(found: Iterable[Release]) -> dict[uuid.UUID, _Keeps]:
    """Of the releases that keep to the calendar, what waits and comes."""
    going = [one.pk for one in found if one.state in (ReleaseState.RUNNING, ReleaseState.PAUSED)]
    lines = dict(Step.objects.filter(release__in=going, kind=FREEZE, back=False).values_list("release_id", "number"))
    runs: dict[uuid.UUID, list[StepRun]] = defaultdict(list)
    for run in StepRun.objects.filter(release__in=lines, step__in=set(lines.values())):
        if run.step == lines[run.release_id]:
            runs[run.release_id].append(run)
    left: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for release_id, cluster_id, state in Target.objects.filter(release__in=lines).values_list(
        "release_id", "cluster_id", "state"
    ):
        if TargetState(state) not in TARGET_SETTLED:
            left[release_id].add(cluster_id)
    kept = {}
    for pk in lines:
        outputs = tuple(run.output for run in runs[pk])
        if passes_all(outputs):
            continue
        passed = {run.cluster_id for run in runs[pk] if RunState(run.state) in RUN_PASSED}
        waits = any(run.state == RunState.WATCHING and (run.reason or {}).get("code") == "frozen" for run in runs[pk])
        kept[pk] = _Keeps(waits=waits, comes=bool(left[pk] - passed), outputs=outputs)
    return kept
