"""A release from its start to each of its ends, decided by the machine alone."""

from __future__ import annotations

from dataclasses import replace

from apps_mgmt.spec import Strategy
from releases import events as e
from releases.effects import Apply, Prune, SetReplicas, TryApply
from releases.reasons import Reason
from releases.snapshot import Frozen
from releases.states import Across, After, ReleaseKind, ReleaseState, RunState
from releases.strategies import plan
from releases.strategies.plan import Ask
from releases.wording import words
from tests.releases.worlds import World, planned


def started(world: World) -> World:
    world.happens(e.Started())
    world.work()
    return world


def test_a_release_goes_through_one_cluster_step_by_step() -> None:
    world = started(World(planned("north")))
    assert world.snapshot.state is ReleaseState.RUNNING
    world.roll("north")
    assert world.snapshot.state is ReleaseState.SUCCEEDED
    kinds = [type(effect) for effect in world.clusters["north"].applied]
    assert kinds == [Apply, Apply, SetReplicas, Prune]


def test_configuration_is_written_before_the_workload_that_reads_it() -> None:
    world = started(World(planned("north")))
    first, second = [a for a in world.clusters["north"].applied if isinstance(a, Apply)]
    assert first.objects == ("ConfigMap/shop--env-new", "Service/shop--web")
    assert second.objects == ("Deployment/shop--web",)


def test_the_second_cluster_waits_for_the_first() -> None:
    world = started(World(planned("north", "south")))
    assert world.states() == {"north": "running", "south": "waiting"}
    world.roll("north")
    assert world.states() == {"north": "done", "south": "running"}
    world.roll("south")
    assert world.snapshot.state is ReleaseState.SUCCEEDED


def test_all_together_starts_every_cluster_at_once() -> None:
    world = started(World(planned("north", "south", across=Across.ALL_TOGETHER)))
    assert set(world.states().values()) == {"running"}


def test_first_then_rest_starts_the_rest_when_the_first_is_done() -> None:
    world = started(World(planned("a", "b", "c", across=Across.FIRST_THEN_REST)))
    assert world.states() == {"a": "running", "b": "waiting", "c": "waiting"}
    world.roll("a")
    assert world.states() == {"a": "done", "b": "running", "c": "running"}


def test_an_old_observation_does_not_end_the_wait() -> None:
    world = World(planned("north"))
    cluster = world.clusters["north"]
    cluster.updated, cluster.old, cluster.wanted = 2, 0, 2
    stale = cluster.observation()
    started(world)
    world.happens(e.Observed(cluster="north", observation=stale))
    assert world.snapshot.state is ReleaseState.RUNNING


def test_a_crash_loop_fails_the_release_in_the_words_of_the_instance() -> None:
    world = started(World(planned("north", "south")))
    world.crash("north", words="panic: no such table")
    assert world.snapshot.state is ReleaseState.FAILED
    assert world.snapshot.reason is not None
    assert world.snapshot.reason.values["words"] == "panic: no such table"
    assert world.states() == {"north": "failed", "south": "stopped"}
    assert world.clusters["south"].applied == []


def test_a_failed_release_leaves_running_what_runs() -> None:
    world = started(World(planned("north")))
    before = list(world.clusters["north"].applied)
    world.crash("north")
    world.work()
    assert world.clusters["north"].applied == before


def test_with_automatic_rollback_a_crash_brings_the_old_revision_back() -> None:
    world = started(World(planned("north", auto_rollback=True)))
    world.crash("north")
    assert world.snapshot.state is ReleaseState.ROLLING_BACK
    world.clusters["north"].trouble = None
    world.work()
    world.roll("north")
    assert world.snapshot.state is ReleaseState.ROLLED_BACK
    assert world.clusters["north"].version == "old"


def test_within_the_budget_one_cluster_may_fail() -> None:
    world = started(World(planned("north", "south", budget=1)))
    world.crash("north")
    world.work()
    assert world.states() == {"north": "failed", "south": "running"}
    world.roll("south")
    assert world.snapshot.state is ReleaseState.SUCCEEDED
    assert world.snapshot.reason is not None and world.snapshot.reason.code == "within_budget"


def test_a_budget_does_not_make_a_release_succeed_that_succeeded_nowhere() -> None:
    world = started(World(planned("north", budget=3)))
    world.crash("north")
    assert world.snapshot.state is ReleaseState.FAILED


def test_without_any_progress_the_deadline_ends_the_wait() -> None:
    world = started(World(planned("north")))
    world.look("north")
    world.later(seconds=601)
    assert world.snapshot.state is ReleaseState.FAILED
    assert world.snapshot.reason is not None and world.snapshot.reason.code == "deadline"


def test_progress_earns_a_new_deadline() -> None:
    world = started(World(planned("north")))
    world.look("north")
    world.later(seconds=500)
    world.clusters["north"].roll()
    world.look("north")
    world.later(seconds=500)
    assert world.snapshot.state is ReleaseState.RUNNING


def test_a_lost_cluster_holds_only_its_own_target_until_its_deadline() -> None:
    world = started(World(planned("north", "south", across=Across.ALL_TOGETHER, budget=1)))
    world.happens(e.ClusterLost(cluster="north", why="timed out"))
    world.roll("south")
    assert world.states() == {"north": "running", "south": "done"}
    world.later(seconds=601)
    assert world.states()["north"] == "failed"
    assert world.snapshot.state is ReleaseState.SUCCEEDED
    target = world.snapshot.target("north")
    assert target and target.reason and target.reason.code == "cluster_away"


def test_a_cluster_that_came_back_goes_on_where_it_was() -> None:
    world = started(World(planned("north")))
    world.happens(e.ClusterLost(cluster="north", why="timed out"))
    world.happens(e.ClusterBack(cluster="north"))
    world.roll("north")
    assert world.snapshot.state is ReleaseState.SUCCEEDED


def test_abort_waits_for_what_is_on_its_way_and_then_rolls_back() -> None:
    world = World(planned("north"))
    world.happens(e.Started())
    world.happens(e.AbortAsked(by="bob"))
    assert world.snapshot.state is ReleaseState.ABORTING
    world.work()
    assert world.snapshot.state is ReleaseState.ROLLING_BACK
    world.roll("north")
    assert world.snapshot.state is ReleaseState.ROLLED_BACK
    assert world.clusters["north"].version == "old"


def test_abort_does_not_wait_for_ever_for_an_answer() -> None:
    world = World(planned("north"))
    world.happens(e.Started())
    world.happens(e.AbortAsked(by="bob", after=After.HOLD))
    world.outbox.clear()
    world.later(seconds=31)
    assert world.snapshot.state is ReleaseState.FAILED


def test_abort_and_hold_changes_nothing_more() -> None:
    world = started(World(planned("north", "south")))
    world.happens(e.AbortAsked(by="bob", after=After.HOLD))
    world.work()
    assert world.snapshot.state is ReleaseState.FAILED
    assert world.snapshot.reason is not None and world.snapshot.reason.values == {"by": "bob"}
    assert world.clusters["north"].version == "new"
    assert world.clusters["south"].applied == []


def test_a_rollback_under_way_can_still_make_room() -> None:
    world = started(World(planned("north")))
    world.happens(e.AbortAsked(by="bob"))
    assert world.snapshot.state is ReleaseState.ROLLING_BACK
    world.happens(e.AbortAsked(by="alice", after=After.SUPERSEDE))
    world.work()
    assert world.snapshot.state is ReleaseState.SUPERSEDED


def test_abort_before_anything_happened_touches_nothing() -> None:
    world = World(planned("north"))
    world.happens(e.AbortAsked(by="bob"))
    assert world.snapshot.state is ReleaseState.ROLLED_BACK
    assert world.outbox == []


def test_rolling_back_a_first_release_removes_everything() -> None:
    world = started(World(planned("north", before=Frozen())))
    world.happens(e.AbortAsked(by="bob"))
    world.work()
    assert world.clusters["north"].applied[-1] == Prune(keep=())
    assert world.snapshot.state is ReleaseState.ROLLED_BACK


def test_pause_lets_no_further_step_begin() -> None:
    world = World(planned("north"))
    world.happens(e.Started())
    world.happens(e.PauseAsked(by="bob"))
    world.work()
    assert len(world.clusters["north"].applied) == 1
    world.happens(e.ResumeAsked(by="bob"))
    world.work()
    world.roll("north")
    assert world.snapshot.state is ReleaseState.SUCCEEDED


def test_a_failed_step_can_be_tried_again_while_others_go_on() -> None:
    world = started(World(planned("north", "south", budget=1, across=Across.ALL_TOGETHER)))
    world.crash("north")
    world.clusters["north"].trouble = None
    world.happens(e.RetryAsked(cluster="north", by="bob"))
    world.roll("north")
    world.roll("south")
    assert world.states() == {"north": "done", "south": "done"}
    assert [r.ref.attempt for r in world.snapshot.runs if r.state is RunState.FAILED] == [1]


def test_a_step_that_hangs_can_be_skipped() -> None:
    world = started(World(planned("north")))
    world.happens(e.Skipped(cluster="north", by="bob"))
    world.work()
    assert world.snapshot.state is ReleaseState.SUCCEEDED


def test_a_delete_release_prunes_and_waits_until_all_is_gone() -> None:
    world = World(planned("north", kind=ReleaseKind.DELETE))
    world.clusters["north"].exists = True
    world.look("north")
    started(world)
    assert world.clusters["north"].applied == [Prune(keep=AFTER_KEYS, adopted=True)]
    world.clusters["north"].exists = False
    world.look("north")
    assert world.snapshot.state is ReleaseState.SUCCEEDED


AFTER_KEYS = planned("x").targets[0].after.objects


def test_recreate_takes_the_old_ones_down_before_anything_new_is_written() -> None:
    world = started(
        World(replace(planned("north"), plan=plan(ReleaseKind.DEPLOY, Ask(strategy=Strategy(kind="recreate")))))
    )
    cluster = world.clusters["north"]
    world.look("north")
    assert [type(effect) for effect in cluster.applied] == [TryApply, SetReplicas]
    cluster.old = 0
    world.look("north")
    world.work()
    assert [type(effect) for effect in cluster.applied[2:]] == [Apply, Apply, SetReplicas]
    world.roll("north")
    assert world.snapshot.state is ReleaseState.SUCCEEDED


def test_a_workload_that_somebody_deletes_meanwhile_is_told_as_deleted() -> None:
    world = started(World(planned("north")))
    world.look("north")
    world.clusters["north"].exists = False
    world.look("north")
    (run,) = world.snapshot.open_runs
    assert run.reason == Reason("gone", {"cluster": "north", "process": "web"})
    assert "Abort the release, if it is not over, then deploy again or roll back" in words(run.reason)


def test_a_workload_that_the_release_made_may_not_have_been_seen_yet() -> None:
    world = World(planned("north"))
    world.clusters["north"].exists = False
    started(world)
    world.clusters["north"].exists = False
    world.look("north")
    (run,) = world.snapshot.open_runs
    assert run.reason is not None and run.reason.code == "not_seen_yet"
