"""The traffic bar of a release whose clusters take turns: each stands somewhere else on the way."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from releases.models import Release, Step, StepRun, Target
from releases.observation import Observation, WorkloadFacts
from releases.pages.traffic_figures import traffic

PLAN: list[tuple[str, dict[str, Any]]] = [
    ("apply", {"part": "needs", "doors": "open"}),
    ("open_tracks", {"partition": True}),
    ("traffic", {"share": 25}),
    ("traffic", {"share": None, "doors": "both"}),
    ("apply", {"part": "workloads"}),
    ("apply", {"part": "leads", "doors": "close"}),
]
BACK = ("apply", {"part": "leads", "doors": "close"})
OPENED, SHARED, GOES_HOME, CLOSED = 2, 3, 5, 6
ROUTED = {"workloads": [], "objects": [], "routes": ["HTTPRoute/shop"]}


def bar(*done: int, back: bool = False) -> dict[str, Any] | None:
    """The bar where the clusters `a`, `b`, … have done so many steps; `back`: the last of them went back as well."""
    targets = [Target(cluster_id=uuid4(), cluster_name=name, second=ROUTED) for name in "abc"[: len(done)]]
    plan = [Step(number=number, kind=kind, options=options) for number, (kind, options) in enumerate(PLAN, 1)]
    plan.append(Step(number=101, kind=BACK[0], options=BACK[1], back=True))
    runs = [
        StepRun(cluster_id=target.cluster_id, step=step.number, state="done", output={})
        for target, number in zip(targets, done, strict=True)
        for step in plan[:number]
    ]
    if back:
        runs.append(StepRun(cluster_id=targets[-1].cluster_id, step=101, state="done", output={}))
    seen = {target.cluster_id: _seen() for target in targets}
    return traffic(Release(state="running", kind="deploy"), targets, plan, runs, facts=seen)


def _seen() -> Observation:
    """One ready instance of each track."""
    names = ("generation", "observed_generation", "wanted", "total", "updated", "ready", "available")
    counts = dict.fromkeys(names, 1) | {"unavailable": 0}
    facts = [
        WorkloadFacts(
            kind="Deployment", name=name, process="web", track=track, uid=name, resource_version="1", **counts
        )
        for name, track in (("shop--web", "stable"), ("shop--web--canary", "canary"))
    ]
    return Observation(workloads=tuple(facts))


def said(shown: dict[str, Any] | None) -> tuple[int, str]:
    assert shown is not None
    assert shown["old_share"] + shown["new_share"] == 100
    return shown["new_share"], shown["sentence"]


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        ((GOES_HOME,), (100, "All instances are new.")),
        ((SHARED,), (25, "")),
        ((SHARED, 0), (25, "On b all instances are old.")),
        ((GOES_HOME, 0), (50, "On a all instances are new. On b all instances are old.")),
        ((GOES_HOME, SHARED), (25, "On a all instances are new.")),
        ((CLOSED, SHARED), (25, "On a all instances are new.")),
        ((CLOSED, GOES_HOME), (100, "All instances are new.")),
        ((CLOSED, CLOSED, SHARED), (25, "On a, b all instances are new.")),
        ((SHARED, 0, 0), (25, "On b, c all instances are old.")),
        ((GOES_HOME, 4), (50, "It goes with the instances. On a all instances are new.")),
    ],
    ids=str,
)
def test_it_tells_where_the_tracks_stand_side_by_side_and_how_the_others_are(
    done: tuple[int, ...], expected: tuple[int, str]
) -> None:
    assert said(bar(*done)) == expected


@pytest.mark.parametrize("done", [(0, 0), (CLOSED, 0), (CLOSED, CLOSED), (1,)], ids=str)
def test_where_no_two_tracks_stand_side_by_side_there_is_none(done: tuple[int, ...]) -> None:
    assert bar(*done) is None


def test_a_cluster_that_went_back_is_not_told_to_be_new() -> None:
    assert bar(SHARED, back=True) is None
    assert said(bar(SHARED, SHARED, back=True)) == (25, "On b all instances are old.")
