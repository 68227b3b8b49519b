"""Steps that build an image: once, before anything is written that needs it, and for as long as it takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from apps_mgmt.spec import Strategy
from releases.effects import Apply, CallHttp, CollectJob, RunJob
from releases.events import Skipped, Started
from releases.states import ReleaseKind, ReleaseState, RunState
from releases.strategies import plan
from releases.strategies.plan import Ask
from tests.pure.reaching import ILL, WELL, begun, ended, runs_of, sent, together, with_steps
from tests.releases.worlds import World, planned

REQUEST = {"url": "https://ci.example.com/build"}
CI = {"kind": "build", "name": "make", "processes": ["web"], "request": REQUEST}
INSIDE = {"kind": "build", "name": "make", "processes": ["web"], "image": "builder:1", "command": ["build"]}
IMAGE = f"shop@sha256:{'a1' * 32}"
GIVEN = {"image": IMAGE, "digest": IMAGE.partition("@")[2]}
MADE = {"ended": {"well": True, "words": ""}, "output": GIVEN}


def writes(world: World, cluster: str = "a") -> list[str]:
    """Which workloads were written, in order."""
    return [key for one in sent(world, Apply, cluster) for key in one.objects if key.startswith("Deployment/")]


def test_a_server_that_answers_with_an_image_has_built_it_for_all_clusters() -> None:
    world = begun(together(CI), CallHttp=MADE)
    assert [len(sent(world, CallHttp, name)) for name in ("a", "b")] == [1, 0]
    assert [run.output["output"] for run in runs_of(world, "make")] == [GIVEN] * 2
    assert writes(world, "a") and writes(world, "b")


def test_no_workload_is_written_while_it_builds() -> None:
    world = begun(with_steps(CI), CallHttp={"status": 202})
    assert sent(world, Apply) and not writes(world)
    assert [run.reason.code for run in world.snapshot.open_runs if run.reason] == ["building"]


def test_a_server_that_is_still_at_it_is_asked_again_after_a_while_and_not_before() -> None:
    world = begun(with_steps(CI), CallHttp={"status": 202})
    for _glance in range(3):
        world.look("a")
    assert len(sent(world, CallHttp)) == 1
    world.later(seconds=10)
    assert len(sent(world, CallHttp)) == 2
    world.clusters["a"].answers = {CallHttp: MADE}
    world.later(seconds=10)
    assert len(sent(world, CallHttp)) == 3
    assert runs_of(world, "make")[0].state is RunState.DONE and writes(world)


def test_a_server_that_never_comes_to_an_end_has_its_time_and_no_more() -> None:
    world = begun(with_steps({**CI, "timeout": 25}), CallHttp={"status": 202})
    for _try in range(3):
        world.later(seconds=10)
    reason = world.snapshot.reason
    assert world.snapshot.state is ReleaseState.FAILED and reason and reason.code == "deadline"
    assert reason.values["waited"]["code"] == "building"
    assert not writes(world)


def test_a_server_that_says_nothing_is_given_up_as_one() -> None:
    world = with_steps(CI)
    world.happens(Started())
    while not isinstance(world.outbox[0][2], CallHttp):
        world.deliver(0)
    world.outbox.clear()
    world.later(seconds=3_601)
    assert world.snapshot.reason and world.snapshot.reason.code == "no_answer"


def test_a_command_says_its_image_when_it_has_ended() -> None:
    world = begun(with_steps(INSIDE), CollectJob={**WELL, "output": GIVEN})
    assert not writes(world)
    ended(world)
    run = runs_of(world, "make")[0]
    assert [one.builds for one in sent(world, CollectJob)] == [run.ref.step]
    assert run.state is RunState.DONE and writes(world)


def test_a_command_that_fails_fails_the_release_in_its_own_words() -> None:
    world = begun(with_steps(INSIDE), CollectJob=ILL)
    ended(world)
    reason = world.snapshot.reason
    assert reason and (reason.code, reason.values["words"]) == ("build_failed", "boom · exit code 1")
    assert not writes(world) and len(sent(world, RunJob)) == 1


def test_whoever_skips_a_build_brings_the_image_that_the_app_names() -> None:
    world = begun(with_steps(CI), CallHttp={"status": 202})
    world.happens(Skipped(cluster="a", by="bob"))
    world.work()
    assert "output" not in runs_of(world, "make")[0].output and writes(world)


def test_what_was_built_before_is_built_no_more() -> None:
    strategy = Strategy.model_validate({"kind": "rolling", "steps": [CI, {"kind": "apply", "name": "all"}]})
    steps = plan(ReleaseKind.DEPLOY, Ask(strategy=strategy, built={"web": IMAGE}))
    world = begun(World(replace(planned("a"), plan=steps)))
    assert sent(world, CallHttp) == []
    assert runs_of(world, "make")[0].output["output"] == GIVEN


def test_what_goes_by_a_part_of_the_images_builds_the_rest() -> None:
    both: dict[str, Any] = {**CI, "processes": ["web", "worker"]}
    strategy = Strategy.model_validate({"kind": "rolling", "steps": [both, {"kind": "apply", "name": "all"}]})
    steps = plan(ReleaseKind.DEPLOY, Ask(strategy=strategy, built={"web": IMAGE}))
    assert "kept" not in next(step for step in steps if step.kind == "build").options
