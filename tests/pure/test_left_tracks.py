"""What a release does where another one has left a second track, which people are still led to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from releases.effects import Apply
from releases.observation import Observation, WorkloadFacts
from releases.snapshot import Run, RunRef, Step, Target
from releases.states import RunState
from releases.steps import STEPS
from releases.steps.base import StepContext
from tests.releases.worlds import AFTER, BEFORE, START

SERVICE = "Service/shop--web"


def facts(name: str, track: str, number: int) -> WorkloadFacts:
    return WorkloadFacts(
        kind="Deployment", name=name, process="web", track=track, uid="u", resource_version="1", generation=1,
        observed_generation=1, wanted=number, total=number, updated=number, ready=number, available=number,
        unavailable=0,
    )  # fmt: skip


def applied(part: str, *, canaries: int, back: bool = False) -> tuple[str, ...]:
    """What a part writes where so many instances of a second track stand."""
    seen = Observation(workloads=(facts("shop--web", "stable", 1), facts("shop--web--canary", "canary", canaries)))
    target = replace(Target(cluster="a", name="a", after=AFTER, before=BEFORE), observation=seen)
    step = Step(number=1, kind="apply", timeout=60, back=back, options={"part": part})
    run = Run(ref=RunRef("a", 1), state=RunState.WATCHING, started=START, deadline=START)
    effects = STEPS["apply"].effects(StepContext(target=target, step=step, run=run, now=START))
    return tuple(key for one in effects if isinstance(one, Apply) for key in one.objects)


@pytest.mark.parametrize("back", [False, True])
def test_people_are_led_away_from_it_only_once_the_first_track_is_ready(back: bool) -> None:
    assert SERVICE not in applied("needs", canaries=3, back=back)
    assert SERVICE not in applied("workloads", canaries=3, back=back)
    assert SERVICE in applied("leads", canaries=3, back=back)


def test_where_none_of_its_instances_is_left_nothing_is_put_off() -> None:
    assert SERVICE in applied("needs", canaries=0)
    assert SERVICE not in applied("leads", canaries=0)
