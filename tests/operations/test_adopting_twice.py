"""One workload is one app's: whoever comes second is told whose it is, and nothing of theirs is written."""

from __future__ import annotations

import threading

import pytest
from django.db import connections

from apps_mgmt import drafts
from apps_mgmt.models import App
from portal.access import Ref
from portal.errors import Refused
from portal.operations.performing import perform
from releases.models import Release
from tests.operations.test_adopting import Legacy

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def two(db: None) -> Legacy:
    """A Deployment, and two apps that never ran: `shop` and `other`."""
    legacy = Legacy()
    legacy.has()
    legacy.shop.create("other", image="registry.example.com/other:1")
    return legacy


def adopt(legacy: Legacy, app: str) -> str:
    """Why it is refused; "" where it is taken over."""
    ref = Ref("app", "boutique", app)
    try:
        perform("app.adopt", actor=legacy.shop.bob, ref=ref, data=legacy.asked({}))
    except Refused as refusal:
        return str(refusal)
    finally:
        connections.close_all()
    return ""


def adopters() -> list[str]:
    return [app.name for app in App.objects.order_by("name") if drafts.spec_of(app).process("web").adopted]


def test_the_second_is_told_which_app_has_it(two: Legacy) -> None:
    assert adopt(two, "shop") == ""
    assert "frontend on east is the app shop's already" in adopt(two, "other")
    assert adopters() == ["shop"]


def test_of_two_at_once_one_is_refused_and_nothing_of_it_stays(two: Legacy) -> None:
    said: dict[str, str] = {}
    together = threading.Barrier(2)

    def act(app: str) -> None:
        together.wait(60)
        said[app] = adopt(two, app)

    threads = [threading.Thread(target=act, args=(app,)) for app in ("shop", "other")]
    for one in threads:
        one.start()
    for one in threads:
        one.join(120)
    (first,) = [app for app, why in said.items() if not why]
    (why,) = [why for why in said.values() if why]
    assert f"is the app {first}'s already" in why
    assert (adopters(), list(Release.objects.values_list("app__name", flat=True))) == ([first], [first])


def test_one_that_is_only_in_a_draft_is_undone_there_first(two: Legacy) -> None:
    adopt(two, "shop")
    Release.objects.update(state="rolled_back")
    assert "The app shop has frontend on east in its draft" in adopt(two, "other")
    two.shop.do("draft.undo")
    assert adopt(two, "other") == ""
