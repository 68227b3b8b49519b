"""What a release does where another one has left a second track, which people are still led to."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from releases import events as e
from releases.effects import Apply
from releases.observation import Observation, WorkloadFacts
from releases.snapshot import Run, RunRef, Step, Target
from releases.states import TERMINAL, ReleaseState, RunState
from releases.steps import STEPS
from releases.steps.base import StepContext
from releases.steps.pairs import pairs
from tests.releases.fleet import Fleet
from tests.releases.stories import many, play, stories, tracked_fleets
from tests.releases.things import AFTER as NEW
from tests.releases.things import Thing
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


def left(fleet: Fleet, *, whole: bool, second: int) -> Fleet:
    """As another release left it: so many instances of its own on second tracks, the first `whole` or short of them."""
    for target in fleet.snapshot.targets:
        things = fleet.clusters[target.cluster]
        for pair in pairs(target):
            first = things[pair.stable.key]
            number = min(second, first.replicas)
            first.replicas = first.updated = first.replicas if whole else first.replicas - number
            things[pair.canary.key] = Thing("left", 0, number, updated=number)
        fleet.look(target.cluster)  # agents told of it long ago
    return fleet


left_fleets = st.builds(
    lambda fleet, whole, second: left(fleet, whole=whole, second=second),
    tracked_fleets,
    st.booleans(),
    st.integers(1, 3),
)


@given(left_fleets, stories)
@many(200)
def test_nothing_new_is_written_over_its_instances_and_there_are_never_too_few(fleet: Fleet, story: list[Any]) -> None:
    fleet.happens(e.Started())
    for happening in story:
        play(fleet, happening)
        if any(run.state is RunState.SKIPPED for run in fleet.snapshot.runs):
            return
        for target in fleet.snapshot.targets:
            for pair in pairs(target):
                second = fleet.clusters[target.cluster].get(pair.canary.key)
                assert second is None or (second.version, second.old > 0) != (NEW, True)
                least = min(
                    one.replicas for one in (*target.before.workloads, pair.stable) if one.key == pair.stable.key
                )
                assert fleet.capacity(target.cluster, pair.stable.key) >= least - ceil(least / 4)


@given(left_fleets)
@many(30)
def test_a_release_over_it_comes_to_its_end(fleet: Fleet) -> None:
    fleet.happens(e.Started())
    fleet.settle()
    assert fleet.snapshot.state in TERMINAL
    assert fleet.snapshot.state is ReleaseState.SUCCEEDED
    for target in fleet.snapshot.targets:
        for pair in pairs(target):
            things = fleet.clusters[target.cluster]
            ready, wanted = things[pair.stable.key].updated, pair.stable.replicas
            assert pair.canary.key not in things
            assert ready == wanted or (pair.stable.autoscaled and ready > wanted)
