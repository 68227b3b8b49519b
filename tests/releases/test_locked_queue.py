"""A locked app: what stands in its queue waits until it is unlocked."""

from __future__ import annotations

import pytest

from apps_mgmt.app_subject import APP_UNLOCKED
from portal.outbox import handlers
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
NEW = "registry.example.com/shop:2"


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.on_app("release.start")
    stage.on_app("image.set", process="web", image=NEW)
    stage.on_app("release.start", wait=True)
    return stage


def test_a_queued_release_does_not_begin_while_the_app_is_locked(stage: Stage) -> None:
    stage.on_app("app.lock", reason="Audit")
    stage.finish()
    assert (stage.release(1).state, stage.release(2).state) == ("succeeded", "waiting")

    stage.on_app("app.unlock")
    (row,) = stage.sent(APP_UNLOCKED)
    handler = handlers.handler_of(row.kind)
    assert handler is not None
    handler.run(row.payload)

    assert stage.release(2).state == "running"


def test_its_page_says_what_a_queued_release_waits_for(stage: Stage) -> None:
    page = "/t/boutique/apps/shop/releases/2/"
    client = cast.signed_in(stage.people.bob)
    assert "It begins when release 1 is over." in client.get(page).content.decode()

    stage.on_app("app.lock", reason="Audit")
    assert "Locked: Audit" in client.get(page).content.decode()
