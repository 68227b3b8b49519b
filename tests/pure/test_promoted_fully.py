"""All the way: past whatever a word lets go on, now and later, and past nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from apps_mgmt.spec import Strategy
from releases import promoting
from releases.events import AbortAsked, Approved, Overridden, PauseAsked, Promoted, ResumeAsked, Started
from releases.snapshot import Step, Wave
from releases.states import After, ReleaseKind, ReleaseState
from releases.strategies import plan
from releases.strategies.plan import Ask
from tests.releases.worlds import START, World, planned

FIRST: dict[str, Any] = {"kind": "pause", "name": "look", "seconds": -1}
LATER: dict[str, Any] = {"kind": "pause", "name": "again", "seconds": 3_600}
NOTE: dict[str, Any] = {"kind": "note", "name": "call", "text": "Call the shop", "confirm": True}
APPROVAL: dict[str, Any] = {"kind": "approval", "name": "ok"}
BRING: dict[str, Any] = {"kind": "apply", "name": "bring"}
ALL = Promoted(by="bob", full=True)


def world_of(*steps: dict[str, Any], clusters: tuple[str, ...] = ("a", "b")) -> World:
    world = World(replace(planned(*clusters), plan=plan_of(*steps)))
    world.happens(Started())
    return rolled(world)


def plan_of(*steps: dict[str, Any]) -> tuple[Step, ...]:
    strategy = Strategy.model_validate({"kind": "rolling", "steps": [*steps, BRING]})
    return plan(ReleaseKind.DEPLOY, Ask(strategy=strategy))


def rolled(world: World) -> World:
    for _round in range(8):
        world.work()
        for cluster in ("a", "b", "c", "d"):
            if any(one.cluster == cluster for one in world.snapshot.targets):
                world.roll(cluster)
    return world


def waiting(world: World) -> list[tuple[str, str]]:
    """Clusters with the names of the steps at which they wait."""
    return [
        (run.ref.cluster, world.snapshot.step(run.ref.step).options.get("name", "")) for run in world.snapshot.open_runs
    ]


def codes(world: World) -> set[str]:
    return {run.reason.code for run in world.snapshot.open_runs if run.reason}


def test_it_goes_past_every_pause_and_note_on_every_cluster() -> None:
    world = world_of(FIRST, LATER, NOTE)
    assert codes(world) == {"waits_for_person"}
    world.happens(ALL)
    assert rolled(world).snapshot.state is ReleaseState.SUCCEEDED


def test_one_word_goes_past_one_pause_alone() -> None:
    world = world_of(FIRST, LATER)
    world.happens(Promoted(by="bob"))
    assert codes(rolled(world)) == {"goes_on_at"}


def test_it_never_goes_past_an_approval() -> None:
    world = world_of(FIRST, APPROVAL, LATER)
    world.happens(ALL)
    assert codes(rolled(world)) == {"waits_for_approval"}
    world.happens(Approved(by="alice"))
    assert rolled(world).snapshot.state is ReleaseState.SUCCEEDED, "the pause behind it is passed, too"


def test_it_is_said_while_something_else_is_waited_for() -> None:
    world = world_of(APPROVAL, FIRST)
    world.happens(ALL)
    assert codes(world) == {"waits_for_approval"}
    world.happens(Approved(by="alice"))
    assert rolled(world).snapshot.state is ReleaseState.SUCCEEDED


def test_it_goes_past_the_pauses_between_waves() -> None:
    order, waves = (("a",), ("b",), ("c",)), (Wave(), Wave(pause=-1), Wave(pause=600))
    world = World(planned("a", "b", "c", order=order, waves=waves))
    world.happens(Started())
    assert codes(rolled(world)) == {"wave_waits_for_person"}
    world.happens(ALL)
    assert rolled(world).snapshot.state is ReleaseState.SUCCEEDED


def test_what_is_paused_goes_on_once_it_is_resumed() -> None:
    world = world_of(FIRST, LATER)
    world.happens(PauseAsked(by="bob"))
    world.happens(ALL)
    assert rolled(world).snapshot.state is ReleaseState.PAUSED
    world.happens(ResumeAsked(by="bob"))
    assert rolled(world).snapshot.state is ReleaseState.SUCCEEDED


def test_said_twice_it_changes_nothing_more() -> None:
    world = world_of(APPROVAL, FIRST)
    world.happens(ALL)
    before = world.snapshot
    world.happens(ALL)
    world.happens(Promoted(by="dora", full=True))
    assert world.snapshot == before


def test_the_way_back_does_not_have_it() -> None:
    world = world_of(APPROVAL, FIRST)
    world.happens(ALL)
    world.happens(AbortAsked(by="bob", after=After.ROLL_BACK))
    assert not any(promoting.said_by(world.snapshot, step) for step in world.snapshot.plan if step.back)


ASK: dict[str, Any] = {"kind": "pause", "name": "ask", "seconds": -1, "when": "on-failure"}
PHONE: dict[str, Any] = {"kind": "note", "name": "phone", "text": "Phone", "confirm": True, "when": "on-failure"}


def test_what_is_planned_for_a_failure_waits_all_the_same() -> None:
    world = world_of(FIRST, {**APPROVAL, "expires": 5}, ASK, PHONE, clusters=("a",))
    world.happens(ALL)
    rolled(world)
    world.later(seconds=5)
    assert waiting(rolled(world)) == [("a", "ask")]
    world.happens(Promoted(by="bob"))
    assert waiting(rolled(world)) == [("a", "phone")]
    world.happens(Promoted(by="bob"))
    assert rolled(world).snapshot.state is ReleaseState.FAILED


def test_said_afterwards_it_is_no_answer_for_a_cluster_that_failed() -> None:
    soak: dict[str, Any] = {"kind": "soak", "name": "watch", "lasts": 60}
    both = replace(planned("a", "b", order=(("a", "b"),), budget=1), plan=plan_of(soak, FIRST, ASK))
    world = World(both)
    world.happens(Started())
    rolled(world)
    world.clusters["a"].restarts += 1
    world.look("a")
    world.later(seconds=61)
    assert waiting(world) == [("a", "ask"), ("b", "look")]
    world.happens(ALL)
    assert waiting(rolled(world)) == [("a", "ask")]


def test_what_it_passes_and_where_it_waits_still_is_known_before() -> None:
    world = world_of(FIRST, APPROVAL, LATER, NOTE)
    ahead = promoting.ahead(world.snapshot)
    assert [one.options["name"] for one in ahead.passes] == ["look", "again", "call"]
    assert [one.options["name"] for one in ahead.waits] == ["ok"]
    world.happens(ALL)
    assert promoting.ahead(world.snapshot).passes == ()


def test_a_freeze_that_was_lifted_holds_no_cluster_that_comes_to_it_later() -> None:
    begins, ends = START - timedelta(days=1), START + timedelta(days=1)
    row = {"whose": "tenant", "name": "Year end", "begins": begins.isoformat(), "ends": ends.isoformat()}
    freeze = Step(number=100, kind="freeze", timeout=900_000, options={"freezes": [row | {"until": "", "reason": ""}]})
    both = replace(planned("a", "b", order=(("a",), ("b",))), plan=(freeze, *plan_of(FIRST)))
    world = World(both)
    world.happens(Started())
    assert [one.kind for one in promoting.ahead(world.snapshot).waits] == ["freeze"]
    world.happens(Overridden(by="alice", comment="The freeze was lifted."))
    assert waiting(rolled(world)) == [("a", "look")]
    assert promoting.ahead(world.snapshot).waits == ()
