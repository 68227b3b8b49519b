"""Steps that reach out: calls, checks, jobs, and what is done once for all clusters, decided by the machine alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from apps_mgmt.spec import Strategy
from releases.effects import AskMetric, CallHttp, CollectJob, Effect, ProbeHttp, RunJob, dump, load
from releases.events import EffectDone, EffectFailed, Observed, RetryAsked, Skipped, Started
from releases.observation import Observation, Task, Trouble
from releases.observation import dump as stored
from releases.observation import load as known
from releases.reasons import Reason
from releases.snapshot import Run
from releases.states import Across, Problem, ReleaseKind, ReleaseState, RunState, TargetState
from releases.strategies import plan
from releases.strategies.plan import Ask
from tests.releases.fleet import Fleet
from tests.releases.stories import fleets, many, play, stories
from tests.releases.worlds import World, planned

REQUEST = {"url": "https://ci.example.com/", "method": "GET"}
CALL = {"kind": "http-call", "name": "tell", "request": REQUEST}
CHECK = {"kind": "http-check", "name": "answers", "request": REQUEST, "lasts": 60, "period": 20, "failures": 1}
METRIC = {"kind": "metric-check", "name": "errors", "query": "up", "most": 0.5, "samples": 3, "period": 60}
JOB = {"kind": "job", "name": "migrate", "process": "web", "command": ["bin/migrate"]}
RIGHT, WRONG = ({"sample": {"right": right, "words": "500 boom"}} for right in (True, False))


def with_steps(*steps: dict[str, Any], clusters: tuple[str, ...] = ("a",), **options: Any) -> World:
    """A release that has started and sent nothing yet; its steps come first."""
    last = {"kind": "batch", "name": "last", "replicas": "1"}
    strategy = Strategy.model_validate({"kind": "canary", "steps": [*steps, last]})
    release = planned(*clusters, **options)
    return World(replace(release, plan=plan(ReleaseKind.DEPLOY, Ask(strategy=strategy))))


def begun(world: World, **answers: dict[str, Any]) -> World:
    kinds = {kind.__name__: kind for kind in (CallHttp, ProbeHttp, AskMetric, RunJob, CollectJob)}
    for cluster in world.clusters.values():
        cluster.answers = {kinds[name]: answer for name, answer in answers.items()}
    world.happens(Started())
    world.work()
    return world


def sent(world: World, kind: type[Effect], cluster: str = "a") -> list[Any]:
    return [one for one in world.clusters[cluster].applied if isinstance(one, kind)]


def runs_of(world: World, name: str) -> list[Run]:
    return [run for run in world.snapshot.runs if world.snapshot.step(run.ref.step).options.get("name") == name]


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


def ended(world: World, cluster: str = "a", **values: Any) -> None:
    """The instance of the last job that was begun there is seen to have ended."""
    run = sent(world, RunJob, cluster)[-1].run
    world.clusters[cluster].tasks = (Task(run=run, name="x", **{"ended": True, **values}),)
    world.look(cluster)
    world.work()


WELL = {"ended": {"well": True, "words": ""}, "log": ["{}"], "output": {"n": 3}}
ILL = {"ended": {"well": False, "words": "boom · exit code 1"}, "log": ["boom"], "output": {}}


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


def together(*steps: dict[str, Any], **options: Any) -> World:
    return with_steps(*steps, clusters=("a", "b"), across=Across.ALL_TOGETHER, **options)


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
