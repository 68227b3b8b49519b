"""Going back in the middle of a canary on a simulated cluster, with everything at work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps_mgmt.spec import load
from releases.models import Step, StepRun
from tests.releases.live import Live, Simulator, at_work, wait_for
from tests.releases.test_strategies import NEW, find, selector, tracks, waits

pytestmark = pytest.mark.django_db(transaction=True)
HALF = [{"kind": "batch", "name": "half", "replicas": "50%"}, {"kind": "pause", "name": "look"}]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """Four instances of image 1 run; two of image 2, with another variable, stand beside two of them and wait."""
    north = Simulator("north", tmp_path)
    with at_work():
        live = Live([north])
        live.on_app("release.strategy", kind="canary", steps=HALF)
        live.until(live.deploy(), "succeeded")
        live.on_app("env.set", env=[{"name": "COLOUR", "value": "blue"}])
        waits(live, live.deploy(NEW))
        assert tracks(live) == {"canary": ["2", "2"], "stable": ["1", "1"]}
        yield live
    north.stop()


def back(live: Live, **data: str) -> int:
    return int(live.on_app("release.rollback", supersede=True, **data).result["release"])


def is_home(live: Live, image: str) -> None:
    wait_for(lambda: tracks(live) == {"stable": [image] * 4}, what=lambda: f"there is {tracks(live)}")
    assert selector(live)["slipway.dev/track"] == "stable"
    assert find(live, "Deployment", "shop--web--canary") == {}


def colour(live: Live, number: int) -> list[str | None]:
    spec = load(live.release(number).revision.spec)
    return [one.value for one in (*spec.env, *spec.processes[0].env)]


def test_the_image_goes_back_by_the_plan_with_a_configuration_that_it_never_had(live: Live) -> None:
    number = back(live, what="image")
    waits(live, number)
    assert tracks(live) == {"canary": ["1", "1"], "stable": ["1", "1"]}
    live.on_release("release.promote", number)
    live.until(number, "succeeded")
    is_home(live, "1")
    assert colour(live, number) == ["blue"]


def test_it_goes_back_by_the_canarys_own_steps(live: Live) -> None:
    number = back(live, pace="in-batches")
    waits(live, number)
    assert tracks(live) == {"canary": ["1", "1"], "stable": ["1", "1"]}
    live.on_release("release.promote", number)
    live.until(number, "succeeded")
    is_home(live, "1")
    assert colour(live, number) == []


def test_an_aborted_one_comes_back_in_batches_where_it_was_told_to(live: Live) -> None:
    live.on_app("release.auto_rollback", on=False, pace="in-batches")
    number = int(live.on_app("release.start", supersede=True).result["release"])
    waits(live, number)
    live.on_release("release.abort", number)
    live.until(number, "rolled_back")
    is_home(live, "1")
    traded = StepRun.objects.filter(release__number=number, state="done", step__in=back_trades(number))
    assert traded.count() == 4


def back_trades(number: int) -> list[int]:
    steps = Step.objects.filter(release__number=number, back=True, kind="trade")
    return list(steps.values_list("number", flat=True))
