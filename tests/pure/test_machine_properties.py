"""What holds for every release, whatever comes, however often and in whatever order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings

from releases import changes
from releases import events as e
from releases.machine import MOVES, TABLE, decide
from releases.reasons import Reason
from releases.snapshot import RunRef
from releases.states import TERMINAL, Across, After, ReleaseKind, ReleaseState, RunState, TargetState
from tests.releases.worlds import World, planned

CLUSTERS = ("north", "south", "east")
clusters = st.sampled_from(CLUSTERS)
runs = st.builds(RunRef, clusters, st.integers(1, 12), st.integers(1, 2))
happenings = st.one_of(
    st.tuples(st.just("deliver"), st.integers(0, 5)),
    st.tuples(st.just("repeat"), st.integers(0, 5)),
    st.tuples(st.just("fail"), st.integers(0, 5)),
    st.tuples(st.sampled_from(["roll", "look", "crash", "heal"]), clusters),
    st.tuples(st.just("later"), st.integers(1, 700)),
    st.tuples(
        st.just("event"),
        st.one_of(
            st.just(e.Started()),
            st.just(e.PauseAsked(by="bob")),
            st.just(e.ResumeAsked(by="bob")),
            st.builds(e.AbortAsked, by=st.just("bob"), after=st.sampled_from(After)),
            st.builds(e.ClusterLost, cluster=clusters, why=st.just("gone")),
            st.builds(e.ClusterBack, cluster=clusters),
            st.builds(e.Skipped, cluster=clusters, by=st.just("bob")),
            st.builds(e.RetryAsked, cluster=clusters, by=st.just("bob")),
            st.builds(e.TimerDue, run=runs),
            st.builds(e.EffectDone, run=runs, key=st.integers(0, 1)),
            st.just(e.Promoted(by="bob")),
            st.just(e.Approved(by="bob")),
            st.just(e.Rejected(by="bob")),
        ),
    ),
)
worlds = st.builds(
    lambda count, across, budget, back, kind: World(
        planned(*CLUSTERS[:count], across=across, budget=budget, auto_rollback=back, kind=kind)
    ),
    st.integers(1, 3),
    st.sampled_from(Across),
    st.integers(0, 2),
    st.booleans(),
    st.sampled_from([ReleaseKind.DEPLOY, ReleaseKind.DELETE]),
)


def play(world: World, happening: tuple[str, Any]) -> None:
    what, detail = happening
    if what == "deliver" and world.outbox:
        world.deliver(detail % len(world.outbox))
    elif what == "repeat" and world.outbox:
        run, key, effect = world.outbox[detail % len(world.outbox)]
        world.happens(e.EffectDone(run=run, key=key, output=world.clusters[run.cluster].carry_out(effect)))
    elif what == "fail" and world.outbox:
        run, key, _ = world.outbox.pop(detail % len(world.outbox))
        world.happens(e.EffectFailed(run=run, key=key, reason=Reason("refused", {"words": "no"})))
    elif what == "later":
        world.now += timedelta(seconds=detail)
        world.ring()
    elif what == "event":
        world.happens(detail)
    elif detail in world.clusters:
        cluster = world.clusters[detail]
        if what == "crash":
            world.crash(detail)
        elif what == "heal":
            cluster.trouble, cluster.restarts = None, 0
        else:
            if what == "roll":
                cluster.roll()
            world.look(detail)


@given(worlds, st.lists(happenings, max_size=60))
@settings(max_examples=300, deadline=None)
def test_a_release_moves_only_as_the_table_of_moves_says_and_an_end_is_final(world: World, story: list[Any]) -> None:
    world.happens(e.Started())
    for happening in story:
        known, seen = world.snapshot.state, len(world.timeline)
        play(world, happening)
        for change in world.timeline[seen:]:
            if isinstance(change, changes.ReleaseChange) and change.state is not known:
                assert change.state in MOVES[known]
                known = change.state


@given(worlds, st.lists(happenings, max_size=60))
@settings(max_examples=300, deadline=None)
def test_a_release_that_is_not_over_always_has_something_that_wakes_it(world: World, story: list[Any]) -> None:
    world.happens(e.Started())
    for happening in story:
        play(world, happening)
        snapshot = world.snapshot
        if snapshot.state in TERMINAL:
            assert snapshot.open_runs == ()
        elif snapshot.state is not ReleaseState.PAUSED:
            assert snapshot.open_runs
        for run in snapshot.open_runs:
            assert run.wake_at is not None and run.wake_at <= max(run.deadline, world.now + timedelta(seconds=30))
            if run.state is RunState.ACTING:
                assert run.pending


@given(worlds, st.lists(happenings, max_size=60))
@settings(max_examples=200, deadline=None)
def test_each_cluster_has_at_most_one_step_under_way(world: World, story: list[Any]) -> None:
    world.happens(e.Started())
    for happening in story:
        play(world, happening)
        for target in world.snapshot.targets:
            assert sum(r.is_open for r in world.snapshot.runs if r.ref.cluster == target.cluster) <= 1


@given(worlds, st.lists(happenings, max_size=60))
@settings(max_examples=200, deadline=None)
def test_the_timeline_replayed_gives_the_present_state(world: World, story: list[Any]) -> None:
    world.happens(e.Started())
    for happening in story:
        play(world, happening)
    stored = [changes.load(changes.dump(change)) for change in world.timeline]
    again = changes.replay(world.planned, stored)
    assert (again.state, again.reason, again.runs) == (
        world.snapshot.state,
        world.snapshot.reason,
        world.snapshot.runs,
    )
    assert [t.state for t in again.targets] == [t.state for t in world.snapshot.targets]


@given(worlds, st.lists(happenings, max_size=40), st.data())
@settings(max_examples=200, deadline=None)
def test_an_event_that_was_heard_already_changes_nothing(world: World, story: list[Any], data: st.DataObject) -> None:
    world.happens(e.Started())
    for happening in story:
        play(world, happening)
    if world.outbox:
        run, key, effect = world.outbox[0]
        event: e.Event = e.EffectDone(run=run, key=key, output=world.clusters[run.cluster].carry_out(effect))
    else:
        event = e.Started()
    world.happens(event)
    assert decide(world.snapshot, event, world.now).changes == ()


@given(worlds, st.lists(happenings, max_size=40))
@settings(max_examples=150, deadline=None)
def test_left_alone_with_healthy_clusters_every_release_ends(world: World, story: list[Any]) -> None:
    world.happens(e.Started())
    for happening in story:
        play(world, happening)
    world.happens(e.ResumeAsked(by="bob"))
    for cluster in world.clusters.values():
        cluster.trouble, cluster.restarts = None, 0
    for _ in range(12):
        world.work()
        for name, cluster in world.clusters.items():
            if world.planned.kind is ReleaseKind.DELETE and world.snapshot.state is ReleaseState.RUNNING:
                cluster.exists = False
            world.roll(name)
        world.later(seconds=601)
    assert world.snapshot.state in TERMINAL


@given(worlds, st.lists(happenings, max_size=40))
@settings(max_examples=150, deadline=None)
def test_a_release_that_was_rolled_back_left_the_old_revision_everywhere(world: World, story: list[Any]) -> None:
    world.happens(e.Started())
    for happening in story:
        play(world, happening)
    if world.snapshot.state is ReleaseState.ROLLED_BACK:
        touched = [t for t in world.snapshot.targets if world.snapshot.touched(t.cluster)]
        assert all(t.state is TargetState.ROLLED_BACK for t in touched)
        assert all(not c.applied for n, c in world.clusters.items() if n not in {t.cluster for t in touched})


def test_every_event_has_a_row_in_the_table() -> None:
    assert set(TABLE) == set(e.Event.__args__)


def test_no_event_is_heard_after_the_end() -> None:
    assert all(state not in rows for rows in TABLE.values() for state in TERMINAL)
    assert all(MOVES[state] == frozenset() for state in TERMINAL)
