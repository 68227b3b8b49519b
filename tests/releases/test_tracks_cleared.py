"""What another release left on the second track goes before a new one is opened: nothing new takes over its share."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import APP
from portal.operations.performing import perform
from portal.outbox.models import OutboxRow
from releases import engine
from releases.effects import Apply, Effect, SetReplicas, SetTraffic, load
from releases.models import StepRun
from tests.releases.canary import Canary

pytestmark = pytest.mark.django_db
APPROVED = ({"kind": "batch", "name": "one", "replicas": "1"}, {"kind": "approval", "name": "ok"})


def superseded(stage: Canary, *, kind: str = "canary", **strategy: Any) -> int:
    """A third image is on its way, by a plan of its own, in the place of release 2."""
    stage.on_app("release.strategy", kind=kind, **strategy)
    stage.on_app("image.set", process="web", image="registry.example.com/shop:3")
    number = int(stage.on_app("release.start", supersede=True).result["release"])
    stage.work()
    return number


def orders(stage: Canary, number: int) -> list[Effect]:
    """What a release has asked of north so far, in order."""
    rows = OutboxRow.objects.filter(kind=engine.EFFECT, payload__release=str(stage.release(number).pk)).order_by("id")
    return [load(row.payload["effect"]) for row in rows if row.payload["cluster"] == str(stage.north.pk)]


def leads_to_both(effect: Effect) -> bool:
    return isinstance(effect, SetTraffic) and effect.back and effect.doors == "both"


def leads_home(effect: Effect) -> bool:
    kinds = {key.partition("/")[0] for key in getattr(effect, "objects", ())}
    return isinstance(effect, Apply) and effect.back and kinds == {"Service", "HTTPRoute"}


def sets(name: str, number: int, effect: Effect) -> bool:
    return isinstance(effect, SetReplicas) and any((w.name, w.replicas) == (name, number) for w in effect.workloads)


def opens(effect: Effect) -> bool:
    return isinstance(effect, Apply) and effect.second


def why(stage: Canary, number: int) -> str:
    return StepRun.objects.get(release__number=number, cluster_id=stage.north.pk, state="watching").why


@pytest.fixture
def stage() -> Canary:
    """Release 2 waits with one new instance of two, which gets a quarter of the traffic, on both clusters."""
    stage = Canary()
    stage.waits()
    return stage


@pytest.mark.parametrize("kind", ["canary", "batches", "blue-green"])
def test_nothing_new_is_written_over_what_another_release_left(stage: Canary, kind: str) -> None:
    number = superseded(stage, kind=kind)
    assert not any(opens(one) for one in orders(stage, number))
    assert why(stage, number) == (
        "What another release left beside it goes first: 1 of 2 instances of the first track are ready, 1 of the "
        "second are left."
    )


def test_the_first_track_is_full_and_answers_alone_before_the_second_is_opened_again(stage: Canary) -> None:
    number = superseded(stage, steps=list(APPROVED))
    for stable, canary in ((2, 1), (2, 0)):
        assert not any(opens(one) for one in orders(stage, number))
        stage.serve(stage.north, stable=stable, canary=canary)
    done = orders(stage, number)
    both, full = next(filter(leads_to_both, done)), next(one for one in done if sets("shop--web", 2, one))
    empty = next(one for one in done if sets("shop--web--canary", 0, one))
    home = next(filter(leads_home, done))
    assert done.index(both) < done.index(full) < done.index(home)
    assert done.index(full) < done.index(empty) < done.index(next(filter(opens, done)))


def test_a_whole_first_track_answers_alone_before_an_instance_of_the_second_goes(stage: Canary) -> None:
    stage.serve(stage.north, stable=2, canary=2)
    number = superseded(stage, steps=list(APPROVED))
    done = orders(stage, number)
    assert [one for one in done if leads_to_both(one)] == []
    assert done.index(next(filter(leads_home, done))) < done.index(
        next(one for one in done if sets("shop--web--canary", 0, one))
    )


def test_what_is_held_half_way_goes_first_as_well(stage: Canary) -> None:
    stage.on_release("release.abort", 2, after="hold")
    stage.work()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:3")
    number = int(stage.on_app("release.start").result["release"])
    stage.work()
    assert not any(opens(one) for one in orders(stage, number))
    assert "What another release left beside it goes first" in why(stage, number)


def test_nothing_is_written_before_where_nothing_was_left(stage: Canary) -> None:
    stage.on_release("release.abort", 2, after="roll_back")
    stage.work()
    for _round in range(4):
        for cluster in (stage.north, stage.south):
            stage.serve(cluster, stable=2, canary=0)
    number = int(stage.on_app("release.start").result["release"])
    stage.work()
    done = orders(stage, number)
    assert [one for one in done if leads_home(one) or leads_to_both(one)] == []
    assert any(opens(one) for one in done)


def test_the_preview_tells_what_goes_first_and_that_nothing_new_is_led_to_until_its_step(stage: Canary) -> None:
    steps = [*APPROVED, {"kind": "traffic", "name": "some", "traffic": 25}]
    stage.on_app("release.strategy", kind="canary", steps=steps)
    stage.on_app("image.set", process="web", image="registry.example.com/shop:3")
    ref, data = Ref(APP, "boutique", "shop"), {"supersede": True}
    preview = perform("release.start", actor=stage.bob, ref=ref, data=data, dry_run=True).preview
    assert preview is not None
    (wave,) = preview.course
    first, *others = wave["steps"]
    assert first["title"] == "Clear away what another release left, then: Prepare"
    assert not [one for one in others if "another release" in one["title"]]
    assert {row["old"] for row in first["after"]} == {2} and {row["new"] for row in first["after"]} == {0}
    moves = next(place for place, one in enumerate(wave["steps"]) if one["kind"] == "traffic")
    assert {row["share"] for one in wave["steps"][:moves] for row in one["after"]} == {0}
    assert (
        "Release 2 stands half way on north, south: its instances there (shop:2) are taken away first, before new ones "
        "come." in preview.warnings
    )
