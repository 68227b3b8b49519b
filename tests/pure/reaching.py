"""Releases whose first steps reach out, and what is seen of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from apps_mgmt.spec import Strategy
from releases.effects import AskMetric, CallHttp, CollectJob, Effect, ProbeHttp, ProbeInstance, RunJob
from releases.events import Started
from releases.observation import Task
from releases.snapshot import Run
from releases.states import Across, ReleaseKind
from releases.strategies import plan
from releases.strategies.plan import Ask
from tests.releases.worlds import World, planned

REQUEST = {"url": "https://ci.example.com/", "method": "GET"}
CALL = {"kind": "http-call", "name": "tell", "request": REQUEST}
CHECK = {"kind": "http-check", "name": "answers", "request": REQUEST, "lasts": 60, "period": 20, "failures": 1}
METRIC = {"kind": "metric-check", "name": "errors", "query": "up", "most": 0.5, "samples": 3, "period": 60}
JOB = {"kind": "job", "name": "migrate", "process": "web", "command": ["bin/migrate"]}
RIGHT, WRONG = ({"sample": {"right": right, "words": "500 boom"}} for right in (True, False))


WELL = {"ended": {"well": True, "words": ""}, "log": ["{}"], "output": {"n": 3}}
ILL = {"ended": {"well": False, "words": "boom · exit code 1"}, "log": ["boom"], "output": {}}


def with_steps(*steps: dict[str, Any], clusters: tuple[str, ...] = ("a",), **options: Any) -> World:
    """A release that has started and sent nothing yet; its steps come first."""
    last = {"kind": "batch", "name": "last", "replicas": "1"}
    strategy = Strategy.model_validate({"kind": "canary", "steps": [*steps, last]})
    release = planned(*clusters, **options)
    return World(replace(release, plan=plan(ReleaseKind.DEPLOY, Ask(strategy=strategy))))


def begun(world: World, **answers: dict[str, Any]) -> World:
    kinds = {kind.__name__: kind for kind in (CallHttp, ProbeHttp, ProbeInstance, AskMetric, RunJob, CollectJob)}
    for cluster in world.clusters.values():
        cluster.answers = {kinds[name]: answer for name, answer in answers.items()}
    world.happens(Started())
    world.work()
    return world


def sent(world: World, kind: type[Effect], cluster: str = "a") -> list[Any]:
    return [one for one in world.clusters[cluster].applied if isinstance(one, kind)]


def runs_of(world: World, name: str) -> list[Run]:
    return [run for run in world.snapshot.runs if world.snapshot.step(run.ref.step).options.get("name") == name]


def ended(world: World, cluster: str = "a", **values: Any) -> None:
    """The instance of the last job that was begun there is seen to have ended."""
    run = sent(world, RunJob, cluster)[-1].run
    world.clusters[cluster].tasks = (Task(run=run, name="x", **{"ended": True, **values}),)
    world.look(cluster)
    world.work()


def together(*steps: dict[str, Any], **options: Any) -> World:
    return with_steps(*steps, clusters=("a", "b"), across=Across.ALL_TOGETHER, **options)
