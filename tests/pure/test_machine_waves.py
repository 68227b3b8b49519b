"""Waves: clusters that go together, what is waited for between them, and how many of them may fail."""

from __future__ import annotations

from releases.events import Approved, Promoted, Rejected, Started
from releases.snapshot import Wave
from releases.states import Across, ReleaseState
from releases.strategies.across import waves_of
from tests.releases.worlds import World, planned

PAIRS = (("a", "b"), ("c", "d"))


def started(world: World) -> World:
    world.happens(Started())
    world.work()
    return world


def rolled(world: World, *clusters: str) -> World:
    for cluster in clusters:
        world.roll(cluster)
    return world


def of_pairs(*waves: Wave, budget: int = 0, auto_rollback: bool = False) -> World:
    return started(
        World(planned("a", "b", "c", "d", order=PAIRS, waves=waves, budget=budget, auto_rollback=auto_rollback))
    )


def test_clusters_of_one_wave_go_together_and_the_next_wave_after_them() -> None:
    world = of_pairs()
    assert world.states() == {"a": "running", "b": "running", "c": "waiting", "d": "waiting"}
    rolled(world, "a")
    assert world.states()["c"] == "waiting"
    rolled(world, "b")
    assert world.states() == {"a": "done", "b": "done", "c": "running", "d": "running"}


def test_clusters_that_no_wave_names_come_after_one_by_one() -> None:
    assert waves_of(["a", "b", "c", "d"], Across.ONE_AFTER_ANOTHER, order=[["a", "b"]]) == [0, 0, 1, 2]


def test_a_named_cluster_that_the_release_leaves_out_leaves_no_gap() -> None:
    assert waves_of(["b", "c"], Across.ONE_AFTER_ANOTHER, order=[["a"], ["b"], ["c"]]) == [0, 1]


def test_clusters_that_no_wave_names_come_after_all_together_where_that_is_asked_for() -> None:
    order = [["a"], ["b"]]
    assert waves_of(["a", "b", "c", "d"], Across.ALL_TOGETHER, order=order) == [0, 1, 2, 2]
    assert waves_of(["a", "b", "c", "d"], Across.FIRST_THEN_REST, order=order) == [0, 1, 2, 2]


def test_first_then_rest_is_two_waves() -> None:
    assert waves_of(["a", "b", "c"], Across.FIRST_THEN_REST) == [0, 1, 1]


def test_all_together_is_one_wave() -> None:
    assert waves_of(["a", "b", "c"], Across.ALL_TOGETHER) == [0, 0, 0]


def test_what_comes_last_does_so_in_whatever_wave_it_was_named() -> None:
    names, order = ["a", "b", "c", "d"], [["a", "b"]]
    assert waves_of(names, Across.ALL_TOGETHER, last=[["a"]]) == [1, 0, 0, 0]
    assert waves_of(names, Across.ALL_TOGETHER, order=order, last=[["a"], ["c"]]) == [2, 0, 3, 1]
    assert waves_of(names, Across.FIRST_THEN_REST, last=[["a", "d"]]) == [2, 0, 1, 2]
    assert waves_of(names, Across.ONE_AFTER_ANOTHER, last=[["a", "b"]]) == [2, 3, 0, 1]
    assert waves_of(["a"], Across.ALL_TOGETHER, last=[["a"]]) == [0]


def test_a_wave_that_pauses_begins_by_itself_when_the_time_is_over() -> None:
    world = rolled(of_pairs(Wave(), Wave(pause=300)), "a", "b")
    runs = [run for run in world.snapshot.open_runs if run.ref.cluster in ("c", "d")]
    assert {run.reason.code for run in runs if run.reason} == {"wave_waits"}
    world.later(seconds=299)
    assert world.clusters["c"].applied == []
    world.later(seconds=2)
    assert world.clusters["c"].applied and world.clusters["d"].applied


def test_one_word_lets_a_whole_wave_go_on() -> None:
    world = rolled(of_pairs(Wave(), Wave(pause=-1)), "a", "b")
    world.later(days=30)
    assert world.clusters["c"].applied == []
    world.happens(Promoted(by="olga"))
    world.work()
    assert rolled(world, "c", "d").snapshot.state is ReleaseState.SUCCEEDED


def test_an_approval_lets_a_wave_go_on_too() -> None:
    world = rolled(of_pairs(Wave(), Wave(pause=-1)), "a", "b")
    world.happens(Approved(by="olga"))
    world.work()
    assert world.clusters["d"].applied


def test_who_rejects_a_wave_ends_the_release_whatever_may_fail() -> None:
    world = rolled(of_pairs(Wave(), Wave(pause=-1), budget=3), "a", "b")
    world.happens(Rejected(by="olga", comment="not on a Friday"))
    assert world.snapshot.state is ReleaseState.FAILED
    assert world.snapshot.reason and world.snapshot.reason.values["words"] == "not on a Friday"
    assert world.clusters["c"].applied == []


def test_who_rejects_a_wave_of_a_release_that_goes_back_by_itself_sends_it_back() -> None:
    world = rolled(of_pairs(Wave(), Wave(pause=-1), auto_rollback=True), "a", "b")
    world.happens(Rejected(by="olga", comment="no"))
    assert world.snapshot.state is ReleaseState.ROLLING_BACK
    assert world.states() == {"a": "rolling_back", "b": "rolling_back", "c": "stopped", "d": "stopped"}


def test_a_word_while_nothing_waits_changes_nothing() -> None:
    world = of_pairs()
    before = world.snapshot
    for event in (Promoted(by="olga"), Approved(by="olga"), Rejected(by="olga")):
        world.happens(event)
    assert world.snapshot == before


def test_a_wave_may_allow_fewer_failures_than_the_release() -> None:
    world = of_pairs(Wave(failures=0), budget=2)
    world.crash("a")
    assert world.snapshot.state is not ReleaseState.RUNNING


def test_failures_within_the_budget_of_wave_and_release_hold_nobody_up() -> None:
    world = of_pairs(Wave(failures=1), budget=2)
    world.crash("a")
    assert rolled(world, "b").states() == {"a": "failed", "b": "done", "c": "running", "d": "running"}
