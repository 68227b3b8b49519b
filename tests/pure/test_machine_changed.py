"""Somebody changed what a release wrote: whatever step it is at, it goes no further with that."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from releases import events as e
from releases.reasons import Reason
from releases.snapshot import Step, Target
from releases.states import After, ReleaseState
from releases.wording import words
from tests.releases.worlds import World, planned

KEY = "Deployment/shop--web"
WHY = Reason(
    "template_changed",
    {"cluster": "north", "workload": "shop--web", "managers": "kubectl-set", "fields": "image of web"},
)
STEPS: dict[str, dict[str, Any]] = {
    "wait_ready": {},
    "hold": {"seconds": 3600},
    "soak": {"lasts": 3600, "restarts": 0},
    "note": {"text": "Look.", "confirm": True},
    "job": {"name": "migrate", "process": "web"},
}


def at(kind: str, *clusters: str) -> World:
    """A release that waits at a step, behind which nothing is planned, on the first of the clusters."""
    world = World(planned(*clusters))
    out = [one for one in world.snapshot.plan if not one.back]
    if kind != "wait_ready":
        step = Step(number=len(out) + 1, kind=kind, timeout=7200, options=STEPS[kind])
        back = tuple(replace(one, number=one.number + 1) for one in world.snapshot.plan if one.back)
        world.snapshot = replace(world.snapshot, plan=(*out, step, *back))
    world.happens(e.Started())
    world.work()
    if kind != "wait_ready":
        world.roll(clusters[0])
    assert [world.snapshot.step(one.ref.step).kind for one in world.snapshot.open_runs] == [kind]
    return world


def changed(world: World, *, field: str = "taken") -> None:
    def told(target: Target) -> Target:
        return replace(target, **{field: {KEY: WHY}}) if target.cluster == "north" else target

    world.snapshot = replace(world.snapshot, targets=tuple(told(one) for one in world.snapshot.targets))
    world.look("north")
    world.work()


@pytest.mark.parametrize("kind", ["wait_ready", "hold", "soak", "note"])
def test_a_step_that_looks_or_waits_fails_at_once_and_no_other_cluster_begins(kind: str) -> None:
    world = at(kind, "north", "south")
    changed(world)
    assert world.snapshot.state is ReleaseState.FAILED
    assert world.states() == {"north": "failed", "south": "stopped"}
    assert "kubectl-set changed the image of web of shop--web on north" in words(world.snapshot.reason)


def test_all_of_it_being_ready_makes_no_difference() -> None:
    world = at("wait_ready", "north", "south")
    north = world.clusters["north"]
    north.updated, north.old = 2, 0
    changed(world)
    assert world.states()["north"] == "failed"


def test_what_a_step_runs_is_not_broken_off() -> None:
    world = at("job", "north")
    changed(world)
    assert world.states() == {"north": "running"}


def test_while_it_is_paused_it_holds_and_counts_once_that_is_resumed() -> None:
    world = at("hold", "north")
    world.happens(e.PauseAsked(by="bob"))
    changed(world)
    assert world.snapshot.state is ReleaseState.PAUSED
    world.happens(e.ResumeAsked(by="bob"))
    assert world.snapshot.state is ReleaseState.FAILED


def test_on_the_way_back_counts_what_was_changed_since_that_was_written() -> None:
    world = at("wait_ready", "north")
    world.happens(e.AbortAsked(by="bob", after=After.ROLL_BACK))
    world.work()
    changed(world)
    assert world.states() == {"north": "rolling_back"}
    changed(world, field="taken_back")
    assert world.states() == {"north": "failed"}
