"""Somebody keeps the number of instances of a workload that shall trade: nothing is asked for again and again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from apps_mgmt.spec import Strategy
from releases import events as e
from releases.effects import SetReplicas
from releases.machine import Decision
from releases.observation import Foreign, ForeignField, Observation
from releases.scaled import AUTOSCALER, REPLICAS
from releases.snapshot import Frozen, Snapshot, Target, Workload
from releases.states import TERMINAL, After, ReleaseKind, ReleaseState
from releases.strategies import plan
from releases.strategies.plan import Ask
from releases.wording import words
from tests.releases.fleet import Fleet
from tests.releases.stories import many, play, stories, tracked_fleets

WEB, CANARY = "Deployment/shop--web", "Deployment/shop--web--canary"
RESTLESS = 2500
"""So many events are more than any release comes to that does not ask for the same again and again."""


class Counted(Fleet):
    """`silent`: its clusters do not tell that a number was kept."""

    def __init__(self, snapshot: Snapshot, *, silent: bool = False) -> None:
        super().__init__(snapshot)
        self.silent, self.events = silent, 0

    def happens(self, event: e.Event) -> Decision:
        self.events += 1
        assert self.events < RESTLESS, f"it never comes to rest: {event}"
        if self.silent and isinstance(event, e.EffectDone):
            event = e.EffectDone(run=event.run, key=event.key, output={**event.output, "kept": {}})
        return super().happens(event)

    def observation(self, cluster: str) -> Observation:
        """Who keeps a number has it, as the cluster tells."""
        seen = super().observation(cluster)
        told = tuple(
            replace(one, foreign=(Foreign(manager=by, operation="Update", fields=(ForeignField(path=REPLICAS),)),))
            if (by := self.held.get((cluster, f"{one.kind}/{one.name}")))
            else one
            for one in seen.workloads
        )
        return replace(seen, workloads=told)

    def asked(self, key: str) -> list[int]:
        """The numbers that were written to a workload, or would have been."""
        rows = (row.effect for row in self.written if isinstance(row.effect, SetReplicas))
        return [one.replicas for effect in rows for one in effect.workloads if f"{one.kind}/{one.name}" == key]


def one_of(strategy: str, *, count: int = 4, **options: Any) -> Counted:
    """A release of an app with so many instances, on one cluster."""
    stable = Workload(kind="Deployment", name="shop--web", process="web", replicas=count)
    second = Workload(kind="Deployment", name="shop--web--canary", process="web", replicas=count, track="canary")
    before = Frozen(objects=("Service/shop--web", WEB), workloads=(stable,))
    after = Frozen(objects=before.objects, workloads=(stable,), second=(second,), second_objects=(CANARY,))
    ask = Ask(strategy=Strategy.model_validate({"kind": strategy, **options}), most=count, batch="50%")
    target = Target(cluster="north", name="north", before=before, after=after)
    way = plan(ReleaseKind.DEPLOY, ask)
    made = Snapshot(id="r1", kind=ReleaseKind.DEPLOY, state=ReleaseState.PLANNED, targets=(target,), plan=way)
    return Counted(made)


def holds(fleet: Fleet, key: str, *, number: int, by: str = "kubectl") -> None:
    """Somebody sets the number of instances of a workload, and whoever writes another one is told that it stays."""
    fleet.held["north", key] = by
    fleet.clusters["north"][key].scale(number)
    for _instance in range(8):
        fleet.roll("north")


WAYS = [
    ("batches", {"batch": "50%"}),
    ("blue-green", {}),
    ("canary", {"steps": [{"kind": "batch", "name": "b", "replicas": "1"}]}),
]


@pytest.mark.parametrize("silent", [False, True], ids=["told", "not told"])
@pytest.mark.parametrize("number", [3, 5])
@pytest.mark.parametrize(("strategy", "options"), WAYS, ids=[kind for kind, _options in WAYS])
def test_a_number_that_stays_as_it_is_asked_for_once(
    strategy: str, options: dict[str, Any], number: int, silent: bool
) -> None:
    fleet = one_of(strategy, **options)
    fleet.silent = silent
    holds(fleet, WEB, number=number)
    fleet.happens(e.Started())
    fleet.settle()
    assert fleet.snapshot.state is ReleaseState.FAILED
    asked = fleet.asked(WEB)
    assert len(asked) == len(set(asked)) and fleet.events < 100


def test_it_says_who_keeps_the_number_and_of_what() -> None:
    fleet = one_of("batches", batch="50%")
    holds(fleet, WEB, number=5)
    fleet.happens(e.Started())
    fleet.settle()
    why = fleet.snapshot.targets[0].reason
    assert why is not None and why.code == "number_kept"
    assert why.values == {"cluster": "north", "workload": "shop--web", "object": WEB, "by": "kubectl", "number": 5}


def test_it_says_that_an_autoscaler_keeps_it() -> None:
    fleet = one_of("batches", batch="50%")
    holds(fleet, WEB, number=5, by=AUTOSCALER)
    fleet.happens(e.Started())
    fleet.settle()
    assert "not Slipway's keeps shop--web on north at 5 instances" in words(fleet.snapshot.targets[0].reason)


def test_whoever_comes_once_all_are_new_says_how_many_come_home() -> None:
    fleet = one_of("batches", batch="50%")
    fleet.happens(e.Started())
    while not any(_goes_home(fleet, one.ref.step) for one in fleet.snapshot.open_runs):
        fleet.claim("north")
        fleet.execute("north")
        fleet.roll("north")
        fleet.look("north")
    holds(fleet, WEB, number=5, by=AUTOSCALER)
    fleet.settle()
    assert fleet.snapshot.state is ReleaseState.SUCCEEDED
    assert fleet.capacity("north", WEB) == 5 and CANARY not in fleet.clusters["north"]


def test_what_goes_back_in_batches_ends_with_the_number_that_is_kept() -> None:
    fleet = one_of(
        "canary", steps=[{"kind": "batch", "name": "b", "replicas": "2"}, {"kind": "pause", "name": "p", "seconds": -1}]
    )
    fleet.happens(e.Started())
    for _round in range(20):
        fleet.claim("north")
        fleet.execute("north")
        fleet.roll("north")
        fleet.look("north")
    assert fleet.clusters["north"][CANARY].updated == 2
    holds(fleet, WEB, number=3, by=AUTOSCALER)
    fleet.happens(e.AbortAsked(by="bob", after=After.ROLL_BACK))
    fleet.settle()
    assert fleet.snapshot.state is ReleaseState.ROLLED_BACK
    assert fleet.capacity("north", WEB) == 3 and CANARY not in fleet.clusters["north"]


@given(tracked_fleets, stories, st.booleans(), st.integers(0, 6), st.integers(0, 6))
@many(60)
def test_whatever_happens_it_comes_to_rest(
    fleet: Fleet, story: list[Any], silent: bool, place: int, number: int
) -> None:
    counted = Counted(fleet.snapshot, silent=silent)
    counted.happens(e.Started())
    for at, happening in enumerate(story):
        if at == min(place, len(story) - 1):
            for cluster, things in counted.clusters.items():
                for key in [key for key in things if key.startswith("Deployment/shop--web")]:
                    counted.held[cluster, key] = "kubectl"
                    things[key].scale(number)
        play(counted, happening)
    counted.happens(e.ResumeAsked(by="bob"))
    counted.settle()
    assert counted.snapshot.state in TERMINAL or counted.lost


def _goes_home(fleet: Fleet, number: int) -> bool:
    step = fleet.snapshot.step(number)
    return not step.back and step.kind == "trade" and step.options["grows"] == "stable"
