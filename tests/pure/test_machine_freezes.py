"""A release that keeps to a freeze calendar, and what it means for it that somebody changes that."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from apps_mgmt.spec import Strategy
from releases import changes
from releases.effects import SetTimer
from releases.events import AbortAsked, FreezesChanged, Overridden, PauseAsked, Started, TimerDue
from releases.machine import decide
from releases.states import Across, ReleaseKind, ReleaseState
from releases.strategies import plan
from releases.strategies.plan import Ask
from tests.releases.worlds import START, World, planned


def row(name: str = "Year end", *, begins: float = -1, ends: float = 2) -> dict[str, Any]:
    """A freeze from so many hours after the start until so many."""
    span = {key: (START + timedelta(hours=at)).isoformat() for key, at in (("begins", begins), ("ends", ends))}
    return {"whose": "tenant", "name": name, **span, "until": f"hour {ends}", "reason": "The books are closed"}


def begun(*clusters: str, rows: list[dict[str, Any]], across: Across = Across.ONE_AFTER_ANOTHER) -> World:
    """A release that has come to its freezes on its first clusters."""
    release = planned(*clusters, across=across)
    world = World(replace(release, plan=plan(ReleaseKind.DEPLOY, Ask(strategy=Strategy(), freezes=rows))))
    world.happens(Started())
    return world


def changed(world: World, *rows: dict[str, Any]) -> FreezesChanged:
    event = FreezesChanged(by="alice", freezes=rows)
    world.happens(event)
    return event


def held(world: World) -> dict[str, str]:
    """Until when each cluster is held."""
    runs = [run for run in world.snapshot.open_runs if run.reason and run.reason.code == "frozen"]
    return {run.ref.cluster: str(run.reason.values["until"]) for run in runs if run.reason}


def finishes(world: World, cluster: str) -> None:
    world.work()
    world.roll(cluster)


@pytest.fixture
def world() -> World:
    """Both clusters wait for the end of a freeze of two hours."""
    return begun("a", "b", rows=[row()], across=Across.ALL_TOGETHER)


@pytest.mark.parametrize("hours", [1, 5], ids=["earlier", "later"])
def test_what_waits_waits_for_the_new_end(world: World, hours: int) -> None:
    event = changed(world, row(ends=hours))
    assert held(world) == dict.fromkeys("ab", f"hour {hours}")
    assert {run.wake_at for run in world.snapshot.open_runs} == {START + timedelta(hours=hours)}
    assert not decide(world.snapshot, event, world.now).changes

    world.later(hours=hours, minutes=-1)
    assert held(world)
    world.later(minutes=1)
    assert not held(world)


def test_the_clock_is_told_of_the_new_end(world: World) -> None:
    decision = decide(world.snapshot, FreezesChanged(by="alice", freezes=(row(ends=5),)), world.now)
    assert [order.effect for order in decision.effects] == [SetTimer(at=START + timedelta(hours=5))] * 2


@pytest.mark.parametrize("rows", [(), (row(begins=3, ends=4),), (row(begins=-2, ends=-1),)], ids=["no", "later", "was"])
def test_what_waits_goes_on_at_once_where_nothing_is_frozen_any_more(
    world: World, rows: tuple[dict[str, Any], ...]
) -> None:
    changed(world, *rows)
    assert not held(world) and world.outbox


def test_a_freeze_that_is_new_holds_what_waits_for_another_one(world: World) -> None:
    changed(world, row(), row("Audit", ends=7))
    assert held(world) == dict.fromkeys("ab", "hour 7")


def test_clusters_that_come_to_it_later_keep_to_what_was_heard_last() -> None:
    world = begun("a", "b", rows=[row(begins=5, ends=9)])
    changed(world, row(begins=5, ends=9), row("Audit", begins=0, ends=1))
    finishes(world, "a")
    assert held(world) == {"b": "hour 1"}


def test_a_freeze_that_is_lifted_does_not_hold_clusters_that_come_later() -> None:
    world = begun("a", "b", rows=[row(ends=9), row("Audit", ends=1)])
    changed(world)
    finishes(world, "a")
    assert not held(world) and world.states() == {"a": "done", "b": "running"}


def test_lifting_one_overrides_none_that_is_planned_afterwards() -> None:
    world = begun("a", "b", rows=[row()])
    changed(world)
    changed(world, row("Audit", ends=7))
    finishes(world, "a")
    assert held(world) == {"b": "hour 7"}


def test_what_was_overridden_stays_so(world: World) -> None:
    world.happens(Overridden(by="olga", comment="It repairs the checkout"))
    before = world.snapshot
    changed(world, row(ends=9))
    assert world.snapshot == before


def test_an_override_names_what_it_covers() -> None:
    rows = row("Old", begins=-3, ends=-1), row(), row("Later", begins=5, ends=9)
    world = begun("a", rows=list(rows))
    world.happens(Overridden(by="olga", comment="It repairs the checkout"))
    (output,) = [run.output for run in world.snapshot.runs if "overridden_by" in run.output]
    assert output["overridden_by"] == "olga" and output["words"] == "It repairs the checkout"
    fields = ("whose", "name", "begins", "ends", "until")
    assert output["covers"] == [{name: one[name] for name in fields} for one in (rows[2], rows[1])]


def test_an_override_covers_what_was_known_on_clusters_that_come_later() -> None:
    world = begun("a", "b", rows=[row(), row("Later", begins=0.05, ends=9)])
    world.happens(Overridden(by="olga"))
    world.later(minutes=4)
    finishes(world, "a")
    assert not held(world) and world.states() == {"a": "done", "b": "running"}


def test_a_freeze_that_is_planned_after_an_override_holds_what_comes_later() -> None:
    world = begun("a", "b", rows=[row()])
    world.happens(Overridden(by="olga"))
    changed(world, row(), row("Audit", ends=7))
    finishes(world, "a")
    assert held(world) == {"b": "hour 7"}
    world.happens(Overridden(by="alice"))
    assert not held(world)


def test_one_of_the_same_name_in_another_calendar_is_another() -> None:
    world = begun("a", "b", rows=[row()])
    world.happens(Overridden(by="olga"))
    changed(world, row(), {**row(ends=7), "whose": "platform"})
    finishes(world, "a")
    assert held(world) == {"b": "hour 7"}


def test_a_freeze_made_longer_after_an_override_holds_from_its_old_end_on() -> None:
    world = begun("a", "b", "c", rows=[row(ends=0.1)])
    world.happens(Overridden(by="olga"))
    changed(world, row(ends=9))
    finishes(world, "a")
    assert not held(world), "this was its time when it was overridden"
    world.later(minutes=7)
    finishes(world, "b")
    assert held(world) == {"c": "hour 9"}


def test_an_override_of_which_nobody_kept_what_it_covers_is_of_everything() -> None:
    world = begun("a", "b", rows=[row()])
    world.happens(Overridden(by="olga"))
    runs = [
        replace(run, output={name: value for name, value in run.output.items() if name != "covers"})
        for run in world.snapshot.runs
    ]
    world.snapshot = replace(world.snapshot, runs=tuple(runs))
    changed(world, row(), row("Audit", ends=7))
    finishes(world, "a")
    assert not held(world) and world.states() == {"a": "done", "b": "running"}


def test_what_has_passed_everywhere_hears_of_it_no_more() -> None:
    world = begun("a", rows=[row(begins=5, ends=9)])
    before = world.snapshot
    changed(world, row(ends=9))
    assert world.snapshot == before


def test_the_end_of_a_freeze_that_is_over_is_no_change() -> None:
    world = begun("a", "b", rows=[row("Old", ends=0), row()])
    before = world.snapshot
    changed(world, row())
    assert world.snapshot == before


def test_a_release_that_is_paused_hears_of_it_and_goes_on_when_it_is_resumed(world: World) -> None:
    world.happens(PauseAsked(by="bob"))
    changed(world)
    assert not held(world) and not world.outbox


def test_a_release_that_stops_does_not_hear_of_it(world: World) -> None:
    world.happens(AbortAsked(by="bob"))
    before = world.snapshot
    assert before.state is not ReleaseState.RUNNING
    changed(world, row(ends=9))
    assert world.snapshot == before


def test_the_timer_of_the_old_end_that_rings_all_the_same_changes_nothing(world: World) -> None:
    runs = world.snapshot.open_runs
    changed(world, row(ends=5))
    world.now = START + timedelta(hours=2)
    assert not any(decide(world.snapshot, TimerDue(run=run.ref), world.now).changes for run in runs)


def test_the_timeline_has_the_calendar_and_replays(world: World) -> None:
    changed(world, row(ends=5))
    changed(world, row(ends=1))
    stored = [changes.load(json.loads(json.dumps(changes.dump(one)))) for one in world.timeline]
    blind = tuple(replace(one, observation=None) for one in world.snapshot.targets)
    assert changes.replay(world.planned, stored) == replace(world.snapshot, targets=blind)
