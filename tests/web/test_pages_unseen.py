"""Lists of what somebody may not see say so, and who can change it; they do not say that there is nothing."""

from __future__ import annotations

import html
import re

import pytest
from django.utils import timezone

from apps_mgmt.models import App
from portal.access import Ref
from portal.operations.performing import perform
from tests import cast
from tests.operations.stage import Shop, open_shop

LISTS = ["/t/boutique/overview/", "/t/boutique/apps/", "/t/boutique/apps/?q=shop", "/t/boutique/releases/"]
LISTS_OF_APPS = LISTS[:2]
CREATE = 'href="/t/boutique/do/app.create/"'


@pytest.fixture(name="shop")
def _shop(db: None) -> Shop:
    return open_shop()


def own_role(shop: Shop, *rights: str) -> None:
    """Give Vera a role with just these rights in place of hers."""
    for operation, data in (
        ("role.define", {"name": "own", "title": "Own", "rights": [*rights]}),
        ("member.role", {"user": "vera", "role": "own"}),
    ):
        perform(operation, actor=cast.actor(shop.people.alice), ref=Ref("tenant", "boutique"), data=data)


def said(shop: Shop, path: str, *, who: str = "vera") -> str:
    """The words of the list on a page, where it shows nothing."""
    page = cast.signed_in(getattr(shop.people, who)).get(path)
    assert page.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", page.text.partition('<div class="empty">')[2].partition("</div>")[0]))


@pytest.mark.parametrize("path", LISTS)
def test_who_may_not_see_apps_is_told_the_right_and_who_gives_it(shop: Shop, path: str) -> None:
    own_role(shop, "tenant.view", "tenant.quota")

    words = said(shop, path)
    assert "You need the right app.view" in words and "Ask alice to give it to you." in words
    assert "No apps" not in words and "No app like" not in words and "No releases" not in words and CREATE not in words


@pytest.mark.parametrize("path", LISTS)
def test_who_may_not_see_apps_is_promised_no_live_page_of_them(shop: Shop, path: str) -> None:
    own_role(shop, "tenant.view", "tenant.quota")

    topic = f"tenant:{shop.app.tenant_id}"
    assert topic not in cast.signed_in(shop.people.vera).get(path).text
    assert topic in cast.signed_in(shop.people.bob).get(path).text


@pytest.mark.parametrize("path", LISTS)
def test_who_may_see_one_app_alone_is_told_of_no_right(shop: Shop, path: str) -> None:
    own_role(shop, "tenant.view")
    shop.do("access.grant", actor=shop.alice, user="vera", role="viewer")
    shop.do("release.start")

    page = cast.signed_in(shop.people.vera).get(path).text
    assert 'href="/t/boutique/apps/shop/' in page and "app.view" not in page


def test_of_an_app_that_was_never_released_no_right_is_lacking(shop: Shop) -> None:
    own_role(shop, "tenant.view")
    shop.do("access.grant", actor=shop.alice, user="vera", role="viewer")

    assert "No releases yet" in said(shop, "/t/boutique/releases/")


@pytest.mark.parametrize("path", LISTS_OF_APPS)
def test_only_who_may_create_apps_is_asked_to(shop: Shop, path: str) -> None:
    App.objects.update(deleted_at=timezone.now())

    for who, may in (("bob", True), ("vera", False)):
        words = said(shop, path, who=who)
        assert "No apps yet" in words
        assert ("Create one" in words, CREATE in words) == (may, may)
        assert ("You need the right app.create (Create apps). Ask alice to give it to you." in words) != may


@pytest.mark.parametrize("path", LISTS_OF_APPS)
def test_in_a_suspended_tenant_nobody_is_asked_to_create_one(shop: Shop, path: str) -> None:
    App.objects.update(deleted_at=timezone.now())
    data = {"reason": "invoice", "confirm": "boutique"}
    perform("tenant.suspend", actor=cast.actor(shop.people.olga), ref=Ref("tenant", "boutique"), data=data)

    words = said(shop, path, who="bob")
    assert "No apps yet" in words and "Create" not in words and "You need" not in words
