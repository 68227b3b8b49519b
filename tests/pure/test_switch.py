"""The switch of a blue-green release: requests go to the new set once somebody is there, whatever was skipped."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps_mgmt.spec import Strategy
from releases.effects import SetTraffic
from releases.events import RetryAsked, Skipped, Started, TimerDue
from releases.snapshot import Run, Snapshot
from releases.states import Problem, ReleaseKind, ReleaseState, RunState
from releases.strategies import plan
from releases.strategies.plan import Ask
from tests.pure.test_foreseeing import lane
from tests.releases.fleet import Fleet
from tests.releases.things import AFTER

WEB, SERVICE = "Deployment/shop--web", "Service/shop--web"


def fleet(*, first: bool = False, clusters: tuple[str, ...] = ("a",)) -> Fleet:
    """A blue-green release of two instances, which has begun."""
    steps = plan(ReleaseKind.DEPLOY, Ask(strategy=Strategy(kind="blue-green", keep=60), most=2))
    targets = tuple(lane(name, 2, first=first) for name in clusters)
    made = Fleet(
        Snapshot(
            id="r", kind=ReleaseKind.DEPLOY, state=ReleaseState.PLANNED, targets=targets, plan=steps, failure_budget=1
        )
    )
    made.happens(Started())
    return made


def works(made: Fleet) -> None:
    """Workers write what waits, and the cluster tells of it; no instance comes or goes."""
    for _round in range(4):
        for cluster in made.clusters:
            made.claim(cluster)
            made.execute(cluster)
            made.look(cluster)


def skips(made: Fleet) -> None:
    (run,) = made.snapshot.open_runs_on("a")
    made.happens(Skipped(cluster="a", by="bob", step=run.ref.step))
    works(made)


def kind_at(made: Fleet) -> str:
    (run,) = made.snapshot.open_runs_on("a")
    return made.snapshot.step(run.ref.step).kind


def at_the_switch(made: Fleet) -> Run:
    """None of the new instances is ready, and somebody skipped to wait for them."""
    works(made)
    assert kind_at(made) == "trade" and made.clusters["a"][f"{WEB}--canary"].updated == 0
    skips(made)
    (run,) = made.snapshot.open_runs_on("a")
    return run


def test_nobody_is_led_to_new_instances_of_which_none_is_ready() -> None:
    made = fleet()
    run = at_the_switch(made)
    assert kind_at(made) == "traffic"
    assert run.reason and run.reason.code == "share_without_instances"
    assert made.clusters["a"][SERVICE].form == "" and made.clusters["a"][WEB].updated == 2

    made.roll("a")
    made.look("a")
    works(made)
    assert made.clusters["a"][SERVICE].form == "canary"


def test_the_switch_that_waits_is_not_skipped_for_the_old_ones_would_go_behind_it() -> None:
    made = fleet()
    run = at_the_switch(made)
    skips(made)
    assert made.snapshot.open_runs_on("a") == (run,)


def test_a_switch_that_waited_in_vain_is_tried_again_and_not_skipped() -> None:
    made = fleet(clusters=("a", "b"))
    run = at_the_switch(made)
    made.now = run.deadline
    made.happens(TimerDue(run=run.ref))
    assert [one.state.value for one in made.snapshot.targets] == ["failed", "running"]
    made.happens(Skipped(cluster="a", by="bob", step=run.ref.step))
    assert made.snapshot.open_runs_on("a") == ()
    made.happens(RetryAsked(cluster="a", by="bob"))
    assert kind_at(made) == "traffic"


def test_a_service_is_led_home_only_once_somebody_is_ready_there() -> None:
    made = fleet()
    while not (made.clusters["a"][WEB].version == AFTER and kind_at(made) == "trade"):
        works(made)
        made.roll("a")
        made.look("a")
        made.now += timedelta(seconds=61)
        made.ring()
    works(made)
    made.clusters["a"][WEB].updated = 0
    made.look("a")
    for step in ("trade", "wait_ready"):
        assert kind_at(made) == step
        skips(made)
    assert kind_at(made) == "apply" and made.clusters["a"][f"{WEB}--canary"].updated
    skips(made)
    assert kind_at(made) == "apply" and made.clusters["a"][SERVICE].form == "both"

    made.roll("a")
    made.look("a")
    made.settle()
    assert made.snapshot.state is ReleaseState.SUCCEEDED and made.clusters["a"][SERVICE].form == ""


def test_where_nobody_is_ready_on_either_side_nothing_is_waited_for() -> None:
    made = fleet()
    works(made)
    made.clusters["a"][WEB].updated = 0
    made.look("a")
    skips(made)
    assert made.clusters["a"][SERVICE].form == "canary"


@pytest.mark.parametrize("first", [True, False], ids=["a first release", "a later one"])
def test_left_alone_it_waits_for_nobody_and_ends_with_the_service_home(*, first: bool) -> None:
    made = fleet(first=first)
    made.settle()
    assert made.snapshot.state is ReleaseState.SUCCEEDED
    assert made.clusters["a"][SERVICE].form == ""
    moved = [row.effect.doors for row in made.written if isinstance(row.effect, SetTraffic)]
    assert moved == ([] if first else ["canary", "both"])


def test_an_instance_in_trouble_beside_one_that_is_ready_does_not_hold_the_switch() -> None:
    made = fleet()
    works(made)
    made.roll("a")
    made.breaks("a", Problem.UNSCHEDULABLE)
    made.look("a")
    skips(made)
    assert all(run.state is not RunState.WATCHING or kind_at(made) != "traffic" for run in made.snapshot.open_runs)
    assert made.clusters["a"][SERVICE].form == "canary"
