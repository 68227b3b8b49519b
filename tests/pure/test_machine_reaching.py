"""Steps that reach out: calls, checks, jobs, and what is done once for all clusters, decided by the machine alone."""

from __future__ import annotations

from typing import Any

import pytest

from releases.effects import AskMetric, CallHttp, CollectJob, Effect, ProbeHttp, ProbeInstance, RunJob, dump, load
from releases.events import EffectDone, EffectFailed, Started
from releases.observation import Observation, Task, Trouble
from releases.observation import dump as stored
from releases.observation import load as known
from releases.reasons import Reason
from releases.states import Problem, ReleaseState, RunState
from tests.pure.reaching import (
    CALL,
    CHECK,
    ILL,
    JOB,
    METRIC,
    RIGHT,
    WELL,
    WRONG,
    begun,
    ended,
    runs_of,
    sent,
    with_steps,
)


def test_a_call_gives_its_answer_to_what_comes_after() -> None:
    then = {**CALL, "name": "then", "inputs": [{"name": "V", "value": "steps.tell.output.version"}]}
    world = begun(with_steps(CALL, then), CallHttp={"output": {"version": "7"}})
    assert [one.inputs for one in sent(world, CallHttp)] == [{}, {"V": "7"}]


def test_a_call_that_nothing_answers_is_given_up_in_its_own_words() -> None:
    world = with_steps(CALL)
    world.happens(Started())
    while not isinstance(world.outbox[0][2], CallHttp):
        world.deliver(0)
    world.outbox.clear()
    world.later(seconds=121)
    assert world.snapshot.reason and world.snapshot.reason.code == "no_answer"
    assert world.snapshot.reason.values["step"] == "tell"


def test_a_check_asks_again_and_again_until_its_time_is_over() -> None:
    world = begun(with_steps(CHECK), ProbeHttp=RIGHT)
    assert len(sent(world, ProbeHttp)) == 1
    world.look("a")
    assert len(sent(world, ProbeHttp)) == 1
    for count in (2, 3):
        world.later(seconds=20)
        assert len(sent(world, ProbeHttp)) == count
    world.later(seconds=20)
    assert runs_of(world, "answers")[0].state is RunState.DONE
    assert runs_of(world, "answers")[0].output["output"] == {"asked": 3, "failures": 0}


def test_one_wrong_answer_too_many_fails_a_check() -> None:
    world = begun(with_steps(CHECK), ProbeHttp=WRONG)
    assert world.snapshot.state is ReleaseState.RUNNING
    world.later(seconds=20)
    assert world.snapshot.reason and world.snapshot.reason.code == "http_check_failed"
    assert world.snapshot.reason.values["words"] == "500 boom"


INSIDE = {"kind": "http-check", "name": "answers", "process": "web", "port": "http", "path": "/ready", "lasts": 60}


def test_a_check_inside_asks_the_instances_that_are_new() -> None:
    world = with_steps(INSIDE)
    world.look("a")
    world.clusters["a"].answers = {ProbeInstance: RIGHT}
    world.happens(Started())
    world.work()
    world.later(seconds=5)
    assert [(one.instance, one.port, one.path) for one in sent(world, ProbeInstance)] == [
        ("shop--web-1", "http", "/ready")
    ] * 2


def test_a_check_inside_without_any_new_instance_is_asked_all_the_same_and_wrong() -> None:
    world = begun(with_steps(INSIDE), ProbeInstance=WRONG)
    assert [one.instance for one in sent(world, ProbeInstance)] == [""]
    assert world.snapshot.reason and world.snapshot.reason.code == "http_check_failed"


def test_an_answer_that_comes_twice_counts_once() -> None:
    world = begun(with_steps(CHECK), ProbeHttp=WRONG)
    run = runs_of(world, "answers")[0].ref
    world.happens(EffectDone(run=run, key=0, output=WRONG))
    world.look("a")
    assert runs_of(world, "answers")[0].output["bad"] == 1


VALUES: list[tuple[list[float | None], dict[str, Any], bool]] = [
    ([0.1, 0.5, 0.2], {}, True),
    ([0.1, 0.6, 0.2], {}, False),
    ([0.1, 0.6, 0.2], {"failures": 1}, True),
    ([0.1, None, 0.2], {}, False),
    ([0.1, None, 0.2], {"missing": "success"}, True),
    ([None, None, None], {"missing": "ignored"}, True),
    ([0.1, -1.0, 0.2], {"least": 0.0}, False),
]


@pytest.mark.parametrize(("values", "options", "holds"), VALUES)
def test_a_metric_check_compares_each_value(values: list[float | None], options: dict[str, Any], holds: bool) -> None:
    world = with_steps({**METRIC, **options})
    world.happens(Started())
    for value in values:
        world.clusters["a"].answers = {AskMetric: {"sample": {"value": value}}}
        world.work()
        world.later(seconds=60)
    assert (world.snapshot.state is ReleaseState.RUNNING) is holds
    assert len(sent(world, AskMetric)) <= 3


def test_a_job_is_asked_for_its_log_once_its_instance_has_ended() -> None:
    world = begun(with_steps(JOB), CollectJob=WELL)
    world.look("a")
    assert sent(world, CollectJob) == []
    ended(world)
    run = runs_of(world, "migrate")[0]
    assert run.state is RunState.DONE and run.output["output"] == {"n": 3}
    assert len(sent(world, CollectJob)) == len(sent(world, RunJob)) == 1


def test_a_job_that_failed_fails_in_its_own_words_and_keeps_its_log() -> None:
    world = begun(with_steps(JOB), CollectJob=ILL)
    ended(world)
    assert world.snapshot.reason and world.snapshot.reason.values["words"] == "boom · exit code 1"
    assert runs_of(world, "migrate")[0].output["log"] == ["boom"]


def test_a_further_attempt_is_another_job() -> None:
    world = begun(with_steps({**JOB, "retry": {"limit": 1, "backoff": 10}}), CollectJob=ILL)
    ended(world)
    world.later(seconds=10)
    assert len({one.run for one in sent(world, RunJob)}) == 2


def test_an_instance_that_was_seen_and_is_gone_has_ended() -> None:
    world = begun(with_steps(JOB), CollectJob=WELL)
    ended(world, ended=False)
    assert sent(world, CollectJob) == []
    world.clusters["a"].tasks = ()
    world.look("a")
    world.work()
    assert len(sent(world, CollectJob)) == 1


def test_a_job_without_its_image_fails_after_a_while() -> None:
    world = begun(with_steps(JOB))
    trouble = Trouble(problem=Problem.IMAGE_PULL, words="not found", since=world.now)
    ended(world, ended=False, trouble=trouble)
    assert world.snapshot.state is ReleaseState.RUNNING
    world.later(seconds=21)
    assert world.snapshot.reason and world.snapshot.reason.values["words"] == "not found"


def test_a_job_of_a_process_that_is_nowhere_near_is_passed_over() -> None:
    world = begun(with_steps({**JOB, "process": "other"}))
    assert runs_of(world, "migrate")[0].state is RunState.DONE
    assert sent(world, RunJob) == []


def test_a_refused_call_fails_the_step() -> None:
    world = with_steps(CALL)
    world.happens(Started())
    while world.outbox and not isinstance(world.outbox[0][2], CallHttp):
        world.deliver(0)
    run, key, _effect = world.outbox.pop(0)
    world.happens(EffectFailed(run=run, key=key, reason=Reason("call_refused", {"step": "tell", "words": "409"})))
    assert world.snapshot.state is ReleaseState.FAILED


@pytest.mark.parametrize(
    "effect",
    [
        CallHttp(inputs={"A": "b"}),
        ProbeHttp(),
        AskMetric(),
        RunJob(workload="Deployment/shop--web", step=4, run="abc", inputs={"A": "b"}),
        CollectJob(run="abc"),
        ProbeInstance(instance="x", port="http", path="/"),
    ],
)
def test_effects_travel_through_the_outbox(effect: Effect) -> None:
    assert load(dump(effect)) == effect


def test_an_observation_keeps_what_is_known_of_jobs() -> None:
    trouble = Trouble(problem=Problem.IMAGE_PULL, words="no", since=None)
    seen = Observation(
        tasks=(Task(run="abc", name="x", ended=False, trouble=trouble), Task(run="d", name="y", ended=True))
    )
    assert known(stored(seen)) == seen
    assert known({"workloads": []}) == Observation()
