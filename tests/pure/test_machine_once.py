"""What is done once for all clusters: by whom, and what the others make of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given

from releases.effects import CallHttp, CollectJob, RunJob
from releases.events import Observed, RetryAsked, Skipped, Started
from releases.snapshot import Frozen
from releases.states import RunState, TargetState
from tests.pure.reaching import (
    CALL,
    ILL,
    JOB,
    WELL,
    begun,
    ended,
    runs_of,
    sent,
    together,
)
from tests.releases.fleet import Fleet
from tests.releases.stories import fleets, many, play, stories


def test_once_is_done_by_the_first_cluster_and_the_others_wait_for_it() -> None:
    world = begun(together({**JOB, "once": True}, CALL), CollectJob=WELL)
    assert len(sent(world, RunJob, "a")) == 1 and sent(world, RunJob, "b") == []
    assert [run.reason.code for run in world.snapshot.open_runs if run.reason] == ["done_elsewhere", "job_begins"][::-1]
    ended(world)
    assert [run.output["output"] for run in runs_of(world, "migrate")] == [{"n": 3}] * 2
    assert sent(world, RunJob, "b") == []
    assert len(sent(world, CallHttp, "b")) == 1


def test_whoever_waits_for_another_cluster_has_all_the_time_that_takes() -> None:
    retry = {"timeout": 100, "retry": {"limit": 1, "backoff": 300}}
    world = begun(together({**JOB, "once": True, **retry}), CollectJob=ILL)
    ended(world)
    world.later(seconds=300)
    assert len(sent(world, RunJob, "a")) == 2 and sent(world, RunJob, "b") == []
    waiting = [run for run in runs_of(world, "migrate") if run.ref.cluster == "b"]
    assert [(run.ref.attempt, run.state) for run in waiting] == [(1, RunState.WATCHING)]


def test_while_another_cluster_does_it_the_first_waits_when_it_is_tried_again() -> None:
    world = begun(together({**JOB, "once": True}, budget=1), CollectJob=ILL)
    ended(world)
    world.happens(RetryAsked(cluster="a", by="bob"))
    world.work()
    assert [len(sent(world, RunJob, name)) for name in ("a", "b")] == [1, 1]


def test_what_a_person_skips_between_two_attempts_is_passed_over_by_all() -> None:
    world = begun(together({**JOB, "once": True, "retry": {"limit": 1, "backoff": 300}}), CollectJob=ILL)
    ended(world)
    world.happens(Skipped(cluster="a", by="bob"))
    world.work()
    assert sent(world, RunJob, "b") == []


def test_when_the_first_cluster_fails_the_next_one_does_it() -> None:
    world = begun(together({**JOB, "once": True}, budget=1), CollectJob=ILL)
    ended(world)
    assert world.states()["a"] == "failed"
    assert len(sent(world, RunJob, "b")) == 1


def test_what_another_cluster_has_done_is_not_done_again_when_the_first_is_tried_again() -> None:
    world = begun(together({**JOB, "once": True}, budget=1), CollectJob=ILL)
    ended(world)
    world.clusters["b"].answers = {CollectJob: WELL}
    ended(world, "b")
    world.happens(RetryAsked(cluster="a", by="bob"))
    world.work()
    assert len(sent(world, RunJob, "a")) == 1
    assert runs_of(world, "migrate")[-1].output["output"] == {"n": 3}


def test_what_the_first_cluster_skipped_is_passed_over_by_all() -> None:
    world = begun(together({**JOB, "once": True}, CALL))
    world.happens(Skipped(cluster="a", by="bob"))
    world.work()
    assert [run.state for run in runs_of(world, "migrate")] == [RunState.SKIPPED, RunState.DONE]
    assert sent(world, RunJob, "b") == []


def test_a_cluster_that_is_left_neither_does_it_nor_builds_on_it() -> None:
    then = {**CALL, "once": True, "condition": "steps.migrate.output.n == 3"}
    world = together({**JOB, "once": True}, then)
    first = world.snapshot.targets[0]
    world.snapshot = replace(world.snapshot, targets=(replace(first, after=Frozen()), world.snapshot.targets[1]))
    begun(world, CollectJob=WELL)
    assert sent(world, RunJob, "a") == [] and len(sent(world, RunJob, "b")) == 1
    ended(world, "b")
    assert sent(world, CallHttp, "a") == [] and len(sent(world, CallHttp, "b")) == 1
    assert {run.state for run in runs_of(world, "tell") if run.ref.cluster == "a"} == {RunState.SKIPPED}


@given(fleets, stories)
@many(100)
def test_no_job_is_begun_twice_and_what_is_once_is_begun_on_one_cluster_at_a_time(
    fleet: Fleet, story: list[Any]
) -> None:
    fleet.happens(Started())
    for happening in story:
        play(fleet, happening)
        once = {s.number for s in fleet.snapshot.plan if s.options.get("once")}
        doing = [r for r in fleet.snapshot.open_runs if r.ref.step in once and r.sent]
        assert len({(r.ref.step, r.ref.cluster) for r in doing}) <= len({r.ref.step for r in doing})
        done = [r for r in fleet.snapshot.runs if r.ref.step in once and r.sent and r.state is RunState.DONE]
        assert len({r.ref.step for r in done}) == len(done)
    orders = [row.effect.run for row in fleet.written if isinstance(row.effect, RunJob)]
    assert {run for jobs in fleet.jobs.values() for run in jobs} <= set(orders)


def test_a_failing_cluster_is_not_waited_for() -> None:
    sad = {"kind": "note", "name": "sad", "text": "Look.", "when": "on-failure"}
    world = begun(together({**JOB, "once": True}, sad, budget=1), CollectJob=ILL)
    ended(world)
    target = world.snapshot.target("a")
    assert target and target.state is TargetState.RUNNING and target.is_failing
    assert len(sent(world, RunJob, "b")) == 1
    world.happens(Observed(cluster="b", observation=world.clusters["b"].observation()))
