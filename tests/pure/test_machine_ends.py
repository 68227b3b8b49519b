"""What the clusters really run when a release is over, whatever happened on the way there."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
from hypothesis import given

from apps_mgmt.spec import Strategy
from releases import events as e
from releases.snapshot import Frozen, Target
from releases.states import TERMINAL, After, ReleaseState, RunState, TargetState
from tests.releases.fleet import Fleet
from tests.releases.stories import aborts, fleets, leaving, many, play, stories
from tests.releases.things import AFTER, BEFORE

last_words = st.one_of(st.none(), aborts)


@given(fleets, stories, last_words, st.booleans())
@many(300)
def test_left_alone_every_release_ends_and_what_runs_is_what_it_says(
    fleet: Fleet, story: list[Any], last_word: e.AbortAsked | None, heals: bool
) -> None:
    fleet.happens(e.Started())
    for happening in story:
        play(fleet, happening)
    if last_word:
        fleet.happens(last_word)
    leave_alone(fleet, heals=heals)
    assert fleet.snapshot.state in TERMINAL
    for target in fleet.snapshot.targets:
        untouched = not fleet.snapshot.touched(target.cluster)
        if untouched or ReleaseState.ROLLED_BACK is fleet.snapshot.state or target.state is TargetState.ROLLED_BACK:
            runs_exactly(fleet, target, target.before, BEFORE)
        elif target.state is TargetState.DONE and not skipped(fleet, target, acts=True):
            runs_exactly(fleet, target, target.after, AFTER)


@given(fleets, stories)
@many(100)
def test_a_cluster_is_done_only_when_all_its_instances_were_new_and_ready(fleet: Fleet, story: list[Any]) -> None:
    fleet.happens(e.Started())
    for happening in story:
        states = {t.cluster: t.state for t in fleet.snapshot.targets}
        play(fleet, happening)
        for target in fleet.snapshot.targets:
            finished = target.state is TargetState.DONE is not states[target.cluster]
            if finished and not skipped(fleet, target, acts=False):
                runs_exactly(fleet, target, target.after, AFTER)
                things = fleet.clusters[target.cluster]
                assert all(things[w.key].fit == things[w.key].generation for w in target.after.workloads)


@given(fleets, stories, st.sampled_from([After.HOLD, After.SUPERSEDE]))
@many(100)
def test_told_to_hold_or_to_make_room_it_writes_only_what_was_on_its_way(
    fleet: Fleet, story: list[Any], after: After
) -> None:
    fleet.happens(e.Started())
    for happening in story:
        play(fleet, happening)
    fleet.happens(e.AbortAsked(by="bob", after=after))
    on_its_way = {*fleet.working.values(), *fleet.strays}
    written = len(fleet.written)
    leave_alone(fleet, heals=True)
    assert fleet.snapshot.state in TERMINAL
    assert set(fleet.written[written:]) <= on_its_way


def test_an_autoscaled_workload_comes_back_although_the_cluster_did_not_say_that_it_was_taken_down() -> None:
    fleet = leaving(strategy=Strategy(kind="recreate"))
    fleet.happens(e.Started())
    fleet.look("north")
    # Nobody goes down before all of them said that they would take what comes.
    for cluster in [*fleet.clusters, "north"]:
        fleet.claim(cluster)
        fleet.execute(cluster)
    assert fleet.clusters["north"]["Deployment/shop--api"].replicas == 0
    fleet.happens(e.AbortAsked(by="bob"))
    leave_alone(fleet, heals=True)
    assert fleet.snapshot.state is ReleaseState.ROLLED_BACK
    assert fleet.clusters["north"]["Deployment/shop--api"].replicas == 2


def leave_alone(fleet: Fleet, *, heals: bool) -> None:
    """Everybody goes home. Clusters that were lost come back, or stay away for ever."""
    fleet.happens(e.ResumeAsked(by="bob"))
    for cluster in fleet.clusters:
        fleet.heal(cluster)
    if heals:
        for cluster in sorted(fleet.lost):
            fleet.lost.discard(cluster)
            fleet.happens(e.ClusterBack(cluster=cluster))
    fleet.settle()


def runs_exactly(fleet: Fleet, target: Target, frozen: Frozen, version: str) -> None:
    """The objects of a revision and nothing else, all of that revision, with its instance counts."""
    things = fleet.clusters[target.cluster]
    assert {key: thing.version for key, thing in things.items()} == dict.fromkeys(frozen.objects, version)
    counts = {w.key: w.replicas for w in frozen.workloads}
    assert {key: things[key].replicas for key in counts} == counts
    assert {key: thing.form for key, thing in things.items() if thing.form} == {}


def skipped(fleet: Fleet, target: Target, *, acts: bool) -> bool:
    """Whether somebody skipped a step here: any, or one that writes to the cluster."""
    runs = [r for r in fleet.snapshot.runs_on(target.cluster, back=False) if r.state is RunState.SKIPPED]
    return any(not acts or fleet.snapshot.step(r.ref.step).kind not in ("wait_ready", "wait_gone") for r in runs)
