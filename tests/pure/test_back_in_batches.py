"""The way back in batches, from wherever a release with two tracks is."""

from __future__ import annotations

import pytest

from apps_mgmt.spec import Strategy
from releases.effects import Effect, SetReplicas, SetTraffic
from releases.events import AbortAsked, Started
from releases.snapshot import Snapshot
from releases.states import After, ReleaseKind, ReleaseState
from releases.strategies import plan
from releases.strategies.plan import Ask
from tests.pure.test_foreseeing import lane
from tests.releases.fleet import Fleet

WEB = "Deployment/shop--web"


def fleet() -> Fleet:
    """Six old instances, of which a blue-green release of the same number replaces all."""
    steps = plan(ReleaseKind.DEPLOY, Ask(strategy=Strategy(kind="blue-green", keep=0), most=6, batch="2"))
    targets = (lane("a", 6),)
    made = Fleet(
        Snapshot(id="r", kind=ReleaseKind.DEPLOY, state=ReleaseState.PLANNED, targets=targets, plan=steps)
    )  # fmt: skip
    made.happens(Started())
    return made


def goes_on(made: Fleet, *, rounds: int) -> None:
    for _round in range(rounds):
        made.claim("a")
        made.execute("a")
        made.roll("a")
        made.look("a")


@pytest.mark.parametrize("rounds", [0, 1, 2, 3, 5, 8, 10, 12, 14, 16])
def test_it_comes_back_whole_from_wherever_it_is_and_never_has_too_few(rounds: int) -> None:
    made = fleet()
    goes_on(made, rounds=rounds)
    made.happens(AbortAsked(by="bob", after=After.ROLL_BACK))
    least = made.capacity("a", WEB)
    for _round in range(60):
        goes_on(made, rounds=1)
        least = min(least, made.capacity("a", WEB))
    made.settle()
    assert made.snapshot.state is ReleaseState.ROLLED_BACK
    assert least >= 4, "a quarter of six, rounded up, may be missing"
    assert WEB in made.clusters["a"] and f"{WEB}--canary" not in made.clusters["a"]
    assert made.clusters["a"][WEB].replicas == 6


def way_back_from_the_end() -> list[Effect]:
    """What is written on the way back of a release that had no instance left on the first track."""
    made = fleet()
    while made.snapshot.state is ReleaseState.RUNNING and made.clusters["a"][WEB].replicas:
        goes_on(made, rounds=1)
    written = len(made.written)
    made.happens(AbortAsked(by="bob", after=After.ROLL_BACK))
    made.settle()
    return [row.effect for row in made.written[written:]]


def test_the_first_track_grows_two_at_a_time_while_the_second_shrinks() -> None:
    asked = [effect for effect in way_back_from_the_end() if isinstance(effect, SetReplicas)]
    grown = [one.replicas for effect in asked for one in effect.workloads if one.name == "shop--web"]
    assert grown[:1] == [2] and grown[-1] == 6 and grown == sorted(grown)


def test_what_is_led_to_both_tracks_on_the_way_back_is_as_it_was() -> None:
    moved = [effect for effect in way_back_from_the_end() if isinstance(effect, SetTraffic)]
    assert moved and all(effect.back and effect.doors == "both" for effect in moved)
