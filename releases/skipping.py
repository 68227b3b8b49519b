"""Where a release stands on each of its clusters: what a person may count as passed there, and what not, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from releases.asking import Spot
from releases.failing import failed_at, rejected
from releases.loading import snapshot_of
from releases.models import Release
from releases.open_runs import Open, UnderWay
from releases.snapshot import Step as PlanStep
from releases.states import RunState
from releases.steps import STEPS
from releases.waiting import NOT_SKIPPED
from releases.wording import step_title


def spots(release: Release, found: UnderWay) -> tuple[Spot, ...]:
    """The steps that are under way on each cluster, and those that failed: four queries where there are any."""
    there = [_spot(one) for one in found.runs]
    left = set(found.failed) - {one.cluster for one in there}
    stands = [*there, *(_failed(release, left) if left else ())]
    return tuple(sorted(stands, key=lambda one: found.clusters.index(one.cluster)))


def called(kind: str, options: Mapping[str, Any]) -> str:
    """What a step is called where several of its kind may stand beside each other."""
    title, name = step_title(kind, options), str(options.get("name", ""))
    return f"{title}: {name}" if name and not title.endswith(name) else title


def _spot(one: Open) -> Spot:
    why, title = "", called(one.kind, one.options)
    step = PlanStep(number=one.step, kind=one.kind, timeout=0, options=one.options)
    if not STEPS[one.kind].is_skippable(step):
        why = str(NOT_SKIPPED[one.kind])
    elif one.state is not RunState.WATCHING:
        sentence = _(
            "“{step}” is not skipped while what it sent to {cluster} is on its way. Look again when that has been "
            "answered, or abort the release."
        )
        why = sentence.format(step=title, cluster=one.cluster)
    return Spot(cluster=one.cluster, step=one.step, title=title, why_not=why)


def _failed(release: Release, clusters: set[str]) -> list[Spot]:
    found = []
    snapshot = snapshot_of(release)
    if rejected(snapshot):
        return []
    for target in snapshot.targets:
        run = failed_at(snapshot, target) if target.name in clusters else None
        if run is not None:
            step = snapshot.step(run.ref.step)
            why = "" if STEPS[step.kind].is_skippable(step) else _not_even_late()
            title = called(step.kind, step.options)
            found.append(Spot(cluster=target.name, step=step.number, title=title, why_not=why, failed=True))
    return found


def _not_even_late() -> str:
    return _(
        "This step is not skipped, not even when its time is over: try again (release.retry), and it begins anew; or "
        "abort the release."
    )
