"""Whoever plans a freeze is told which releases are under way, or wait for their turn, and what becomes of each."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import PLATFORM, RELEASE, TENANT
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
NEW = "registry.example.com/shop:2"


@pytest.fixture
def stage() -> Stage:
    """Release 1 runs; 2 is under way, and 3 waits behind it."""
    stage = Stage()
    stage.deployed()
    stage.on_app("image.set", process="web", image=NEW)
    stage.on_app("release.start")
    stage.on_app("release.start", wait=True)
    return stage


def test_setting_a_freeze_names_what_is_under_way_and_what_waits(stage: Stage) -> None:
    sentence = "Release 2 of shop, started by bob, is under way: this freeze does not hold it."
    behind = "Release 3 of shop, started by bob, waits for its turn: where what it brings is new then, it "
    behind += "keeps to this freeze."
    told = stage.frozen().result["warnings"]

    assert told == [sentence, behind]


def test_setting_a_freeze_names_them_before(stage: Stage) -> None:
    data = {"name": "Later", "reason": "The sale", "begins": "2099-01-01T00:00", "ends": "2099-01-02T00:00"}
    ref, alice = Ref(TENANT, "boutique"), cast.actor(stage.people.alice)
    preview = perform("freeze.set", actor=alice, ref=ref, data=data, dry_run=True).preview
    assert preview is not None
    assert [one.split(",")[0] for one in preview.warnings] == ["Release 2 of shop", "Release 3 of shop"]


def test_a_freeze_of_another_app_names_nothing(stage: Stage) -> None:
    stage.on_tenant("app.create", name="other", image="registry.example.com/other:1")

    assert "warnings" not in stage.frozen(only=["other"]).result


def by_olga(stage: Stage, **data: Any) -> Outcome:
    span = {"begins": "2099-01-01T00:00", "ends": "2099-01-02T00:00"}
    given = {"name": "Move", "reason": "The machines travel", **span, **data}
    return perform("platform.freeze", actor=cast.actor(stage.people.olga), ref=Ref(PLATFORM), data=given)


def test_the_platforms_names_those_of_the_tenants_it_is_for(stage: Stage) -> None:
    told = by_olga(stage).result["warnings"]

    assert [one.split(",")[0] for one in told] == ["Release 2 of boutique/shop", "Release 3 of boutique/shop"]
    assert "warnings" not in by_olga(stage, name="Other", only=["harbor"]).result


def test_a_freeze_that_stays_as_it_is_names_nothing_again(stage: Stage) -> None:
    stage.frozen()
    alice = cast.actor(stage.people.alice)

    lifted = perform("freeze.lift", actor=alice, ref=Ref(TENANT, "boutique"), data={"name": "Year end"})
    assert "warnings" not in lifted.result


def until(stage: Stage, days: int) -> str:
    return f"{stage.day(days):%Y-%m-%d %H:%M} UTC"


@pytest.fixture
def held() -> Stage:
    """Release 1 is held by a freeze of two days."""
    stage = Stage()
    stage.frozen(days=2)
    stage.on_app("release.start")
    return stage


def test_what_a_freeze_holds_goes_on_at_its_new_end_where_that_is_earlier(held: Stage) -> None:
    end = until(held, 1)
    assert held.frozen(days=1).result["warnings"] == [
        f"Release 1 of shop, started by bob, is held by this freeze until {end}."
    ]


def test_what_a_freeze_holds_is_held_until_a_later_end(held: Stage) -> None:
    end = until(held, 9)
    assert held.frozen(days=9).result["warnings"] == [
        f"Release 1 of shop, started by bob, is held by this freeze until {end}."
    ]


def test_what_a_freeze_holds_goes_on_where_that_is_moved(held: Stage) -> None:
    data = {"begins": "2099-01-01T00:00", "ends": "2099-01-02T00:00"}
    assert held.frozen(**data).result["warnings"] == [
        "Release 1 of shop, started by bob, waits for the end of this freeze, which does not hold it any more."
    ]


def test_another_freeze_holds_what_waits_already_where_it_ends_later(held: Stage) -> None:
    end, later = until(held, 2), until(held, 5)
    assert held.frozen(name="Audit", days=1).result["warnings"] == [
        f"Release 1 of shop, started by bob, is held by the freeze Year end until {end}."
    ]
    assert held.frozen(name="Audit", days=5).result["warnings"] == [
        f"Release 1 of shop, started by bob, is held by this freeze until {later}."
    ]


def lift(stage: Stage, *, dry_run: bool = False) -> Outcome:
    alice, ref = cast.actor(stage.people.alice), Ref(TENANT, "boutique")
    return perform("freeze.lift", actor=alice, ref=ref, data={"name": "Year end"}, dry_run=dry_run)


def test_lifting_a_freeze_says_what_it_sets_free_before_and_after(held: Stage) -> None:
    preview = lift(held, dry_run=True).preview
    assert preview is not None
    said = ["Release 1 of shop, started by bob, waits for the end of this freeze, which does not hold it any more."]
    assert preview.warnings == said
    assert lift(held).result["warnings"] == said


def test_lifting_a_freeze_says_what_another_one_holds(held: Stage) -> None:
    end = until(held, 5)
    held.frozen(name="Audit", days=5)
    assert lift(held).result["warnings"] == [
        f"Release 1 of shop, started by bob, is held by the freeze Audit until {end}."
    ]


def test_a_freeze_that_is_for_others_now_says_what_it_sets_free(held: Stage) -> None:
    held.on_tenant("app.create", name="other", image="registry.example.com/other:1")
    assert held.frozen(only=["other"]).result["warnings"] == [
        "Release 1 of shop, started by bob, waits for the end of this freeze, which does not hold it any more."
    ]


@pytest.fixture
def passed(held: Stage) -> Stage:
    """Somebody has let it go on all the same."""
    ref, alice = Ref(RELEASE, "boutique", "shop", 1), cast.actor(held.people.alice)
    perform("release.override", actor=alice, ref=ref, data={"note": "It repairs the checkout"})
    return held


def test_what_was_let_go_on_all_the_same_is_not_held_by_what_was_known_then(passed: Stage) -> None:
    assert passed.frozen(days=1).result["warnings"] == [
        "Release 1 of shop, started by bob, is under way: this freeze does not hold it."
    ]


def test_what_was_let_go_on_all_the_same_is_held_after_the_end_that_was_known_then(passed: Stage) -> None:
    end = until(passed, 2)
    assert passed.frozen(days=9).result["warnings"] == [
        "Release 1 of shop, started by bob, is under way, and somebody let it pass this freeze until "
        f"{end}: the clusters that come to it after that keep to it."
    ]


def test_what_was_let_go_on_all_the_same_is_held_by_another_one(passed: Stage) -> None:
    assert passed.frozen(name="Audit", days=5).result["warnings"] == [
        "Release 1 of shop, started by bob, is under way: the clusters where it has not begun keep to this freeze when "
        "they come to it."
    ]


def test_clusters_that_come_to_a_freeze_yet_keep_to_it_as_it_is_then() -> None:
    stage = Stage()
    stage.frozen(begins="2099-01-01T00:00", ends="2099-01-02T00:00")
    stage.on_app("release.start")
    stage.work()
    assert stage.frozen(begins="2099-01-01T00:00", ends="2099-01-05T00:00").result["warnings"] == [
        "Release 1 of shop, started by bob, is under way: the clusters where it has not begun keep to this freeze when "
        "they come to it."
    ]
    assert lift(stage).result["warnings"] == [
        "Release 1 of shop, started by bob, is under way: this freeze does not hold the clusters any more where it has "
        "not begun."
    ]
