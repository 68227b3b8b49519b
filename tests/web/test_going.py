"""Ctrl-K: apps, and forms filled in by the words behind, for those who may do it."""

from __future__ import annotations

import re

import pytest

from tenants.models import User
from tests import cast
from tests.releases.stage import Stage
from tests.web.filled import values

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return Stage()


def found(who: User, words: str, *, on: str = "") -> list[str]:
    """The addresses that are offered, on a page."""
    headers = {"Referer": f"http://testserver{on}"} if on else {}
    page = cast.signed_in(who).get("/go/", {"hits": "", "q": words}, headers=headers).text
    return [one.replace("&amp;", "&") for one in re.findall(r'href="([^"]+)"', page)]


def test_an_app_is_found_by_a_part_of_its_name(stage: Stage) -> None:
    assert found(stage.people.bob, "sho") == ["/t/boutique/apps/shop/#content"]


def test_an_operation_of_an_app_opens_filled_in(stage: Stage) -> None:
    assert "/t/boutique/apps/shop/do/process.scale/?process=web&replicas=4" in found(
        stage.people.bob, "scale shop web 4"
    )


@pytest.mark.parametrize("words", ["member.add bob developer", "add a member bob developer"])
def test_an_operation_of_a_tenant_opens_filled_in(stage: Stage, words: str) -> None:
    assert "/t/boutique/do/member.add/?user=bob&role=developer" in found(stage.people.alice, words)


def test_what_makes_an_app_takes_its_name_and_its_image(stage: Stage) -> None:
    form = "/t/boutique/do/app.create/?name=newby&image=reg.example.com%2FX%3A1&port=8080"
    assert form in found(stage.people.bob, "app.create newby reg.example.com/X:1 8080")


def test_an_operation_of_the_platform_is_found_by_those_who_may_do_it(stage: Stage) -> None:
    form = "/platform/do/tenant.create/?name=garden"
    assert form in found(stage.people.olga, "tenant.create garden")
    assert form not in found(stage.people.alice, "tenant.create garden")


def test_what_a_person_may_not_do_to_a_tenant_is_not_offered(stage: Stage) -> None:
    assert not [one for one in found(stage.people.vera, "member.add") if "/do/" in one]


def test_values_are_passed_on_as_they_were_typed(stage: Stage) -> None:
    form = "/t/boutique/apps/shop/do/image.set/?process=web&image=reg.example.com%2Fx%3AV1-RC1"
    assert form in found(stage.people.bob, "Image SHOP Web reg.example.com/x:V1-RC1")
    page = cast.signed_in(stage.people.bob).get("/go/", {"q": "image shop web reg.example.com/x:V1-RC1"}).text
    assert "V1-RC1" in page and "v1-rc1" not in page


@pytest.mark.parametrize(
    ("words", "filled"),
    [
        ("scale shop 7", "process.scale/?replicas=7"),
        ("scale shop 4 web", "process.scale/?replicas=4&process=web"),
        ("scale shop many", "process.scale/"),
        ("image shop reg.example.com/x:2", "image.set/?image=reg.example.com%2Fx%3A2"),
        ("probe.path shop /Healthz", "probe.path/?path=%2FHealthz"),
        ("port.add shop admin 9090 grpc", "port.add/?name=admin&port=9090&protocol=grpc"),
        ("secret.set shop API_KEY precious", "secret.set/?name=API_KEY"),
        ("release.start shop south north", "release.start/?targets=south&targets=north"),
        ("port.add shop http 9090", "port.add/?name=http&port=9090"),
        ("app.delete shop shop", "app.delete/"),
        ("auto_rollback shop yes", "release.auto_rollback/?on=true"),
    ],
)
def test_a_word_goes_to_the_first_field_that_can_take_it(stage: Stage, words: str, filled: str) -> None:
    offered = found(stage.people.alice, words)
    assert f"/t/boutique/apps/shop/do/{filled}" in offered
    assert not any("precious" in one for one in offered)


def test_the_only_process_of_an_app_need_not_be_named(stage: Stage) -> None:
    page = cast.signed_in(stage.people.bob).get("/t/boutique/apps/shop/do/process.scale/?replicas=7")
    assert values(page, "replicas") == ["7"] and re.search(r'<option value="web"\s+selected', page.text)


def test_an_app_is_found_by_its_title(stage: Stage) -> None:
    stage.on_app("app.describe", title="Product Catalogue")
    app, scale = "/t/boutique/apps/shop/#content", "/t/boutique/apps/shop/do/process.scale/?replicas=4"

    assert found(stage.people.bob, "catal") == found(stage.people.bob, "PRODUCT catalogue") == [app]
    assert {app, scale} <= {*found(stage.people.bob, "scale product Catalogue 4")}
    assert found(stage.people.charlie, "catalogue") == []


def test_the_name_of_an_app_counts_more_than_the_title_of_another(stage: Stage) -> None:
    stage.on_tenant("app.create", name="front", title="Shop", image="registry.example.com/front:1")
    assert found(stage.people.bob, "scale shop 4")[0] == "/t/boutique/apps/shop/do/process.scale/?replicas=4"


@pytest.mark.parametrize("word", ["health", "probe"])
def test_on_the_page_of_an_app_the_app_need_not_be_named(stage: Stage, word: str) -> None:
    form = "/t/boutique/apps/shop/do/probe.path/"
    assert form in found(stage.people.bob, word, on="/t/boutique/apps/shop/configure/")
    assert form not in found(stage.people.bob, word, on="/t/boutique/apps/")
    assert form not in found(stage.people.vera, word, on="/t/boutique/apps/shop/")
    assert found(stage.people.charlie, word, on="/t/boutique/apps/shop/") == []
