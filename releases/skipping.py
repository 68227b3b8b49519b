"""Where a release stands on each of its clusters: what a person may count as passed there, and what not, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from releases.asking import Spot
from releases.loading import snapshot_of
from releases.machine import failed_at
from releases.models import Release, Step, StepRun, Target
from releases.snapshot import Step as PlanStep
from releases.states import RUN_OPEN, RunState, TargetState
from releases.steps import STEPS
from releases.waiting import NOT_SKIPPED
from releases.wording import step_title


def spots(release: Release, *, failed: bool) -> tuple[Spot, ...]:
    """The steps under way on each cluster, and those that failed; `failed`: whether it failed on a cluster at all.

    One query, and four more where it did.
    """
    step = Step.objects.filter(release=OuterRef("release"), number=OuterRef("step"))
    target = Target.objects.filter(release=OuterRef("release"), cluster_id=OuterRef("cluster_id"))
    runs = StepRun.objects.filter(release=release, state__in=[one.value for one in RUN_OPEN]).annotate(
        kind=Subquery(step.values("kind")[:1]),
        options=Subquery(step.values("options")[:1]),
        cluster=Subquery(target.values("cluster_name")[:1]),
        position=Subquery(target.values("position")[:1]),
    )
    rows = runs.order_by("position", "step").values_list("cluster", "step", "kind", "options", "state")
    found = [_spot(*row) for row in rows]
    return (*found, *_failed(release, but={one.cluster for one in found})) if failed else tuple(found)


def called(kind: str, options: Mapping[str, Any]) -> str:
    """What a step is called where several of its kind may stand beside each other."""
    title, name = step_title(kind, options), str(options.get("name", ""))
    return f"{title}: {name}" if name and not title.endswith(name) else title


def _spot(cluster: str, number: int, kind: str, options: Mapping[str, Any], state: str) -> Spot:
    why, step = "", PlanStep(number=number, kind=kind, timeout=0, options=options)
    if not STEPS[kind].is_skippable(step):
        why = str(NOT_SKIPPED[kind])
    elif state != RunState.WATCHING:
        sentence = _(
            "“{step}” is not skipped while what it sent to {cluster} is on its way. Look again when that has been "
            "answered, or abort the release."
        )
        why = sentence.format(step=called(kind, options), cluster=cluster)
    return Spot(cluster=cluster, step=number, title=called(kind, options), why_not=why)


def _failed(release: Release, *, but: set[str]) -> list[Spot]:
    found = []
    snapshot = snapshot_of(release)
    for target in snapshot.targets:
        run = failed_at(snapshot, target) if target.state is TargetState.FAILED and target.name not in but else None
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
