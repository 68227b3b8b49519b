"""What a plan comes to, as it is shown before anybody starts it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from apps_mgmt.spec import Strategy
from releases.events import Event, Started
from releases.observation import Observation, WorkloadFacts
from releases.snapshot import Frozen, Snapshot, Target, Wave, Workload
from releases.states import ReleaseKind, ReleaseState, RunState
from releases.strategies import plan
from releases.strategies.foreseeing import After, Stretch, foresee
from releases.strategies.plan import Ask
from tests.releases.fleet import Fleet
from tests.releases.things import AFTER
from tests.releases.worlds import START

ROUTE = "HTTPRoute/shop--route"
TRADING = ("trade", "traffic")


def lane(
    cluster: str, number: int, *, wave: int = 0, weighted: bool = False, kind: str = "Deployment", first: bool = False
) -> Target:
    """A cluster with so many instances of one process, before and after."""
    one = Workload(kind=kind, name="shop--web", process="web", replicas=number)
    second = replace(one, name="shop--web--canary", track="canary")
    tracked = kind == "Deployment"
    before = Frozen(objects=("Service/shop--web", one.key, ROUTE), workloads=(one,))
    after = replace(
        before,
        second=(second,) if tracked else (),
        second_objects=("Service/shop--web--canary", second.key) if tracked else (),
        second_routes=(ROUTE,) if weighted else (),
    )
    return Target(cluster=cluster, name=cluster, wave=wave, after=after, before=Frozen() if first else before)


def foreseen(strategy: dict[str, Any], *targets: Target, waves: tuple[Wave, ...] = ()) -> tuple[Stretch, ...]:
    most = max(one.replicas for target in targets for one in target.after.workloads)
    chosen = Strategy.model_validate(strategy)
    if chosen.kind not in ("batches", "canary", "blue-green"):
        targets = tuple(replace(one, after=replace(one.after, second=(), second_objects=())) for one in targets)
    steps = plan(ReleaseKind.DEPLOY, Ask(strategy=chosen, most=most), waves=waves)
    return foresee(steps, targets, now=START)


def numbers(after: After) -> tuple[int, int]:
    return sum(one.old for one in after.parts), sum(one.new for one in after.parts)


def moves(stretch: Stretch, *kinds: str, place: int = 0) -> list[tuple[int, int]]:
    """Old and new after each step of these kinds, on one of the clusters."""
    return [numbers(one.after[place]) for one in stretch.moments if one.step.kind in kinds]


def canary(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "canary", "steps": [{"name": f"s{number}", **one} for number, one in enumerate(steps)]}


TENTH = canary({"kind": "batch", "replicas": "10%"}, {"kind": "pause"})


def test_a_tenth_of_seven_over_two_clusters_is_one_on_each_of_them() -> None:
    (stretch,) = foreseen(TENTH, lane("a", 5), lane("b", 2))
    assert moves(stretch, "trade", place=0) == [(4, 1), (0, 5), (0, 5)]
    assert moves(stretch, "trade", place=1) == [(1, 1), (0, 2), (0, 2)]


def test_where_routes_give_shares_new_instances_come_beside_the_old_ones() -> None:
    some = canary({"kind": "batch", "replicas": "1"}, {"kind": "traffic", "traffic": 20}, {"kind": "pause"})
    (stretch,) = foreseen(some, lane("a", 7, weighted=True))
    told = [(one.step.kind, numbers(one.after[0]), one.after[0].share) for one in stretch.moments]
    assert told[:8] == [
        ("apply", (7, 0), 0),
        ("open_tracks", (7, 0), 0),
        ("set_replicas", (7, 0), 0),
        ("trade", (7, 1), 0),
        ("trade", (7, 2), 0),
        ("traffic", (7, 2), 20),
        ("hold", (7, 2), 20),
        ("traffic", (7, 2), 22),
    ]
    assert told[-1] == ("prune", (0, 7), 100)


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (
            [{"kind": "batch", "replicas": "25%"}, {"kind": "traffic", "traffic": 10}],
            [(1, 1, 0), (1, 1, 0), (1, 1, 10)],
        ),
        ([{"kind": "traffic", "traffic": 50}], [(1, 1, 0), (1, 1, 50)]),
        ([{"kind": "traffic", "header": {"name": "x-new", "value": "yes"}}], [(1, 1, 0), (1, 1, 0)]),
        ([{"kind": "traffic", "traffic": 100}], [(1, 1, 0), (1, 1, 100), (1, 1, 100), (1, 1, 100), (0, 1, 100)]),
    ],
    ids=["a batch and a share", "a share alone", "a header alone", "all of the traffic"],
)
def test_a_single_instance_stays_while_routes_lead_to_it(
    steps: list[dict[str, Any]], told: list[tuple[int, int, int]]
) -> None:
    (stretch,) = foreseen(canary(*steps), lane("a", 1, weighted=True))
    moved = [(*numbers(one.after[0]), one.after[0].share) for one in stretch.moments if one.step.kind in TRADING]
    assert moved[: len(told)] == told
    assert numbers(stretch.moments[-1].after[0]) == (0, 1)


def test_where_no_route_gives_shares_so_many_instances_are_new() -> None:
    some = canary({"kind": "traffic", "traffic": 20}, {"kind": "pause"})
    (stretch,) = foreseen(some, lane("a", 7))
    asked = next(one for one in stretch.moments if one.step.options.get("shared"))
    assert (numbers(asked.after[0]), asked.after[0].share) == ((5, 2), 29)


def test_batches_of_a_quarter_round_up_on_each_cluster() -> None:
    (stretch,) = foreseen({"kind": "batches", "batch": "25%"}, lane("a", 7), lane("b", 1))
    assert moves(stretch, "trade")[:4] == [(5, 2), (3, 4), (1, 6), (0, 7)]
    assert moves(stretch, "trade", place=1)[:4] == [(0, 1)] * 4


def test_blue_green_has_two_full_sets_until_the_old_one_has_been_kept_long_enough() -> None:
    (stretch,) = foreseen({"kind": "blue-green", "keep": 600}, lane("a", 3))
    told = [(one.step.kind, numbers(one.after[0]), one.after[0].share) for one in stretch.moments]
    assert told[3:7] == [("trade", (3, 3), 0), ("traffic", (3, 3), 100), ("hold", (3, 3), 100), ("trade", (0, 3), 100)]
    kept = next(one.after[0] for one in stretch.moments if one.step.kind == "hold")
    assert (kept.waits, kept.seconds) == ("time", 600)


def test_rolling_replaces_while_it_waits_for_ready() -> None:
    (stretch,) = foreseen({"kind": "rolling"}, lane("a", 4))
    assert moves(stretch, "apply", "wait_ready") == [(4, 0), (4, 0), (0, 4), (0, 4)]


def test_recreate_has_nothing_running_in_between() -> None:
    (stretch,) = foreseen({"kind": "recreate"}, lane("a", 4))
    assert moves(stretch, "scale_down", "set_replicas") == [(0, 0), (0, 4)]


def test_a_set_that_holds_back_its_own_instances_trades_as_many() -> None:
    (stretch,) = foreseen({"kind": "batches", "batch": "2"}, lane("a", 5, kind="StatefulSet"))
    assert moves(stretch, "trade")[:3] == [(3, 2), (1, 4), (0, 5)]


def test_a_first_release_comes_at_once_whatever_its_strategy() -> None:
    (stretch,) = foreseen(TENTH, lane("a", 7, first=True))
    idle = [one.step.kind for one in stretch.moments if one.after[0].idle]
    assert numbers(stretch.before[0]) == (0, 0)
    assert moves(stretch, "set_replicas") == [(0, 7), (0, 7)]
    assert {"trade", "hold"} <= set(idle)


def test_waves_come_one_after_another_and_wait_where_they_were_told_to() -> None:
    waves = (Wave(), Wave(pause=-1), Wave(pause=60))
    targets = (lane("a", 2), lane("b", 2, wave=1), lane("c", 2, wave=1), lane("d", 2, wave=2))
    found = foreseen({"kind": "rolling"}, *targets, waves=waves)
    gates = [one.moments[0] for one in found]
    assert [[one.cluster for one in gate.after] for gate in gates] == [["a"], ["b", "c"], ["d"]]
    told = [(one.waits, one.seconds, one.idle) for gate in gates for one in gate.after]
    assert told == [("", None, True), ("people", None, False), ("people", None, False), ("time", 60, False)]


@pytest.mark.parametrize(
    ("step", "waits", "seconds"),
    [
        ({"kind": "pause"}, "people", None),
        ({"kind": "pause", "seconds": 90}, "time", 90),
        ({"kind": "approval", "count": 2, "roles": ["developer"]}, "people", None),
        ({"kind": "soak", "lasts": 300}, "time", 300),
        ({"kind": "metric-check", "query": "up", "least": 1, "samples": 5, "period": 30}, "time", 120),
        ({"kind": "http-call", "request": {"url": "https://ci.example.com"}}, "", None),
    ],
)
def test_what_waits_for_people_or_time_says_so(step: dict[str, Any], waits: str, seconds: int | None) -> None:
    (stretch,) = foreseen(canary({"kind": "batch", "replicas": "1"}, step), lane("a", 2))
    found = next(one.after[0] for one in stretch.moments if one.step.options.get("name") == "s1" or _held(one, step))
    assert (found.waits, found.seconds) == (waits, seconds)


def _held(moment: Any, step: dict[str, Any]) -> bool:
    return moment.step.kind == "hold" and step["kind"] == "pause"


def test_what_runs_only_after_a_failure_moves_nothing() -> None:
    undo = {"kind": "http-call", "when": "on-failure", "request": {"url": "https://ci.example.com"}}
    (stretch,) = foreseen(canary({"kind": "batch", "replicas": "1"}, undo), lane("a", 2))
    assert [one.step.options["name"] for one in stretch.moments if one.on_failure] == ["s1"]


def test_it_begins_with_what_the_cluster_last_said() -> None:
    target = lane("a", 4)
    facts = [
        WorkloadFacts(
            kind="Deployment", name=name, process="web", track=track, uid="u", resource_version="1", generation=1,
            observed_generation=1, wanted=wanted, total=wanted, updated=wanted, ready=wanted, available=wanted,
            unavailable=0,
        )
        for name, track, wanted in (("shop--web", "stable", 3), ("shop--web--canary", "canary", 1))
    ]  # fmt: skip
    (stretch,) = foreseen(TENTH, replace(target, observation=Observation(workloads=tuple(facts))))
    assert numbers(stretch.before[0]) == (4, 0)
    assert moves(stretch, "trade")[0] == (3, 1)


def test_instances_that_are_right_already_stay() -> None:
    target = lane("a", 4)
    steps = plan(ReleaseKind.DEPLOY, Ask(most=4))
    bare = replace(target, after=replace(target.after, second=(), second_objects=()))
    (stretch,) = foresee(steps, [bare], now=START, same={"a": ["Deployment/shop--web"]})
    assert {(one.after[0].parts[0].stay, one.after[0].parts[0].old) for one in stretch.moments} == {(4, 0)}


class Watched(Fleet):
    """A fleet of which one knows how many instances each cluster had when a step had passed there."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.had: dict[tuple[str, int], tuple[int, int]] = {}
        super().__init__(snapshot)

    def happens(self, event: Event) -> None:
        super().happens(event)
        for run in self.snapshot.runs:
            place = (run.ref.cluster, run.ref.step)
            if run.state is RunState.DONE and place not in self.had:
                self.had[place] = self.counts(run.ref.cluster)

    def counts(self, cluster: str) -> tuple[int, int]:
        things = [one for key, one in self.clusters[cluster].items() if key.startswith("Deployment/")]
        new = sum(one.updated for one in things if one.version == AFTER)
        return sum(one.updated + one.old for one in things) - new, new


@pytest.mark.parametrize(
    "strategy",
    [
        {"kind": "rolling"},
        {"kind": "recreate"},
        {"kind": "batches", "batch": "30%", "batch_pause": -1},
        {"kind": "blue-green", "keep": 60},
        TENTH,
        canary({"kind": "traffic", "traffic": 20}, {"kind": "pause"}, {"kind": "batch", "replicas": "50%"}),
    ],
    ids=lambda strategy: f"{strategy['kind']}-{len(strategy)}",
)
@pytest.mark.parametrize("weighted", [False, True])
def test_a_release_comes_to_what_was_foreseen(strategy: dict[str, Any], weighted: bool) -> None:
    targets = (lane("a", 5, weighted=weighted), lane("b", 2, wave=1, weighted=weighted))
    chosen = Strategy.model_validate(strategy)
    steps = plan(ReleaseKind.DEPLOY, Ask(strategy=chosen, most=5), waves=(Wave(), Wave(pause=-1)))
    if chosen.kind in ("rolling", "recreate"):
        targets = tuple(replace(one, after=replace(one.after, second=(), second_objects=())) for one in targets)
    release = Snapshot(
        id="r", kind=ReleaseKind.DEPLOY, state=ReleaseState.PLANNED, targets=targets, plan=steps, waves=(Wave(),)
    )
    fleet = Watched(release)
    fleet.happens(Started())
    fleet.settle()
    assert fleet.snapshot.state is ReleaseState.SUCCEEDED
    for stretch in foresee(steps, targets, now=START):
        for moment in stretch.moments:
            if moment.step.kind in ("trade", "hold", "traffic", "wait_ready", "scale_down", "prune"):
                came = {one.cluster: fleet.had[one.cluster, moment.step.number] for one in moment.after}
                assert came == {one.cluster: numbers(one) for one in moment.after}, moment.step


def test_fifty_batches_of_many_instances_are_foreseen_at_once() -> None:
    begun = time.perf_counter()
    foreseen({"kind": "batches", "batch": "2%"}, *(lane(name, 200) for name in "abc"))
    assert time.perf_counter() - begun < 2
