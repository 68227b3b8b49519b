"""Strategies that a tenant saved: versions, what apps take of them, and what they keep."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.drafts import spec_of
from apps_mgmt.models import App, StrategyVersion
from apps_mgmt.spec import Strategy
from portal.access import Ref
from portal.access.ref import TENANT
from portal.errors import Forbidden, Refused
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from tests import cast
from tests.operations.stage import Shop, open_shop
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
STEPS = [{"kind": "batch", "name": "first", "replicas": "1"}, {"kind": "pause", "name": "look"}]


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def save(shop: Shop, name: str = "careful", **data: Any) -> Outcome:
    given = {"name": name, "title": "Careful", "kind": "canary", "steps": STEPS, **data}
    return perform("strategy.save", actor=shop.alice, ref=Ref(TENANT, "boutique"), data=given)


def retire(shop: Shop, name: str = "careful") -> Outcome:
    return perform("strategy.retire", actor=shop.alice, ref=Ref(TENANT, "boutique"), data={"name": name})


def taken(shop: Shop) -> tuple[str, int, str, list[str]]:
    """What the app has: name and version of the saved strategy, its kind and its steps."""
    strategy = spec_of(shop.again()).release.strategy
    return strategy.saved, strategy.saved_version, strategy.kind, [step.name for step in strategy.steps]


def test_an_app_takes_the_newest_version_whole(shop: Shop) -> None:
    save(shop)
    save(shop, steps=STEPS[:1])
    shop.do("release.strategy", saved="careful")
    assert taken(shop) == ("careful", 2, "canary", ["first"])


def test_a_version_in_use_stays_what_it_was(shop: Shop) -> None:
    save(shop)
    shop.do("release.strategy", saved="careful")
    save(shop, kind="batches", steps=[])
    retire(shop)
    assert taken(shop) == ("careful", 1, "canary", ["first", "look"])


def test_what_is_retired_is_taken_by_no_app(shop: Shop) -> None:
    save(shop)
    retire(shop)
    with pytest.raises(Refused, match="no strategy careful"):
        shop.do("release.strategy", saved="careful")


def test_a_name_that_was_retired_goes_on_counting(shop: Shop) -> None:
    save(shop)
    retire(shop)
    save(shop)
    assert list(StrategyVersion.objects.values_list("number", "retired")) == [(2, False), (1, True)]


def test_the_same_once_more_makes_no_version(shop: Shop) -> None:
    save(shop)
    assert not save(shop).changed
    assert StrategyVersion.objects.count() == 1


def test_what_is_an_apps_own_stays_with_the_app(shop: Shop) -> None:
    save(shop)
    shop.do("release.strategy", saved="careful", preview_host="preview.example.com")
    assert spec_of(shop.again()).release.strategy.preview_host == "preview.example.com"


def test_an_app_goes_its_own_way_again(shop: Shop) -> None:
    save(shop)
    shop.do("release.strategy", saved="careful")
    shop.do("release.strategy", kind="rolling", steps=[])
    assert taken(shop) == ("", 0, "rolling", [])


def test_a_strategy_that_makes_no_sense_is_not_saved(shop: Shop) -> None:
    with pytest.raises(Refused, match="at least one step that moves"):
        save(shop, steps=[{"kind": "pause", "name": "look"}])


def test_a_developer_takes_strategies_and_saves_none(shop: Shop) -> None:
    with pytest.raises(Forbidden, match=r"tenant\.strategies"):
        perform(
            "strategy.save",
            actor=shop.bob,
            ref=Ref(TENANT, "boutique"),
            data={"name": "mine", "title": "Mine", "kind": "rolling"},
        )


def test_a_release_goes_the_way_of_the_version_that_it_froze() -> None:
    stage = Stage()
    stage.deployed()
    shop = Shop(stage.people)
    save(shop)
    stage.on_app("release.strategy", saved="careful")
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.on_app("release.start")
    save(shop, kind="rolling", steps=[])
    kinds = list(stage.release(2).steps.filter(back=False).values_list("kind", flat=True))
    assert "hold" in kinds and "trade" in kinds


def test_the_page_tells_versions_and_who_has_them(shop: Shop) -> None:
    save(shop)
    shop.do("release.strategy", saved="careful")
    save(shop, kind="batches", steps=[])
    text = " ".join(cast.signed_in(shop.people.alice).get("/t/boutique/strategies/").text.split())
    newest, older = text.split('<th scope="row">2</th>')[1].split('<th scope="row">1</th>')
    assert "Batches" in newest and "shop" not in newest
    assert "Replace instances: first" in older and ": look" in older and "shop" in older
    assert "strategy.retire/?name=careful" in text
    assert "strategy.save" not in cast.signed_in(shop.people.vera).get("/t/boutique/strategies/").text


def test_the_form_of_an_app_offers_them(shop: Shop) -> None:
    save(shop)
    text = cast.signed_in(shop.people.bob).get("/t/boutique/apps/shop/do/release.strategy/").text
    assert '<option value="careful"' in text


def created(shop: Shop, name: str, **data: Any) -> Strategy:
    given = {"name": name, "image": "registry.example.com/other:1", **data}
    perform("app.create", actor=shop.bob, ref=Ref(TENANT, "boutique"), data=given)
    return spec_of(App.objects.select_related("draft").get(name=name)).release.strategy


def test_a_new_app_begins_with_the_strategy_that_is_called_default(shop: Shop) -> None:
    assert created(shop, "before").kind == "rolling"
    save(shop, "default")
    save(shop, "default", steps=STEPS[:1])
    found = created(shop, "after")
    assert (found.saved, found.saved_version, found.kind) == ("default", 2, "canary")
    assert [step.name for step in found.steps] == ["first"]
    retire(shop, "default")
    assert created(shop, "later").kind == "rolling"


def test_a_new_app_takes_the_saved_strategy_that_is_named(shop: Shop) -> None:
    save(shop, "default")
    save(shop, "careful", kind="batches", steps=[])
    found = created(shop, "other", strategy="careful")
    assert (found.saved, found.saved_version, found.kind) == ("careful", 1, "batches")
    with pytest.raises(Refused, match="no strategy nothing") as caught:
        created(shop, "third", strategy="nothing")
    assert caught.value.field == "strategy"


def test_the_form_and_the_page_of_strategies_say_what_new_apps_begin_with(shop: Shop) -> None:
    save(shop, "default")
    bob = cast.signed_in(shop.people.bob)
    assert 'name="strategy"' in bob.get("/t/boutique/do/app.create/").text
    assert "New apps begin with it." in bob.get("/t/boutique/strategies/").text
