"""The lists of apps and releases answer whoever may see apps, and tell everybody else which right that takes."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.operations.performing import perform
from tests.api.caller import ROOT, Caller
from tests.operations.stage import Shop

LISTS = [f"{ROOT}/apps/", f"{ROOT}/releases/"]


@pytest.fixture(autouse=True)
def two_apps(shop: Shop) -> None:
    shop.do("release.start")
    shop.create("other", image="registry.example.com/other:1")


def caller(shop: Shop, who: str, *permissions: str) -> Caller:
    return Caller(getattr(shop.people, who), shop.people.boutique, permissions=permissions)


def names(answer: Any) -> list[str]:
    """Of which apps a list is."""
    return [one.get("app", one.get("name")) for one in answer.json()]


def on_one_app(shop: Shop) -> None:
    """Take from Vera all rights to see apps but one: on shop."""
    for operation, data in (
        ("role.define", {"name": "own", "title": "Own", "rights": ["tenant.view"]}),
        ("member.role", {"user": "vera", "role": "own"}),
    ):
        perform(operation, actor=shop.alice, ref=Ref("tenant", "boutique"), data=data)
    shop.do("access.grant", actor=shop.alice, user="vera", role="viewer")


@pytest.mark.parametrize("path", LISTS)
def test_a_token_that_may_see_apps_and_nothing_else_gets_them(shop: Shop, path: str) -> None:
    answer = caller(shop, "alice", "app.view").get(path)

    assert answer.status_code == 200
    assert names(answer) == (["other", "shop"] if path.endswith("apps/") else ["shop"])


@pytest.mark.parametrize("path", LISTS)
def test_a_token_that_may_not_see_apps_is_told_so_and_not_that_there_are_none(shop: Shop, path: str) -> None:
    answer = caller(shop, "alice", "tenant.view").get(path)

    assert answer.status_code == 403
    assert "This token lacks the right app.view" in answer.json()["message"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("permissions", [(), ("app.view",)], ids=["all rights", "app.view alone"])
def test_who_may_see_one_app_gets_a_list_of_one(shop: Shop, path: str, permissions: tuple[str, ...]) -> None:
    on_one_app(shop)
    answer = caller(shop, "vera", *permissions).get(path)

    assert answer.status_code == 200
    assert names(answer) == ["shop"]


@pytest.mark.parametrize("path", LISTS)
def test_a_member_who_may_see_none_is_told_who_gives_the_right(shop: Shop, path: str) -> None:
    on_one_app(shop)
    shop.do("access.revoke", actor=shop.alice, user="vera", role="viewer")

    answer = caller(shop, "vera").get(path)
    assert answer.status_code == 403
    assert "You need the right app.view" in answer.json()["message"] and "Ask alice" in answer.json()["message"]


@pytest.mark.parametrize("path", LISTS)
def test_to_tokens_and_people_of_another_tenant_there_is_nothing(shop: Shop, path: str) -> None:
    perform("member.add", actor=shop.alice, ref=Ref("tenant", "boutique"), data={"user": "charlie", "role": "viewer"})
    elsewhere = Caller(shop.people.charlie, shop.people.harbor, permissions=["app.view"])
    assert elsewhere.get(path).status_code == 404

    perform("member.remove", actor=shop.alice, ref=Ref("tenant", "boutique"), data={"user": "charlie"})
    assert Caller(shop.people.charlie, shop.people.harbor).get(path).status_code == 404
