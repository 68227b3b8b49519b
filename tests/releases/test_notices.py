"""What releases tell people: once, to those whom it is for, where they look and in the log."""

from __future__ import annotations

from typing import Any

import pytest

from portal import live
from portal.access import Ref
from portal.access.ref import APP
from portal.access.roles import OPERATOR
from portal.audit.models import AuditEntry
from portal.errors import Refused
from portal.operations.performing import perform
from tenants.models import User
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
PAGE = "/t/boutique/waiting/"
APPLY = {"kind": "apply", "name": "everything"}
TELL = {"kind": "notify", "name": "tell", "message": "Shop {WHAT} is on its way", "inputs": "WHAT = 'two'"}


@pytest.fixture
def stage() -> Stage:
    return Stage()


def begun(stage: Stage, *steps: dict[str, Any]) -> None:
    stage.on_app("release.waves", across="together")
    stage.on_app("release.strategy", kind="rolling", steps=[*steps, APPLY])
    stage.on_app("release.start")
    stage.work()


def page(user: User, url: str = PAGE) -> str:
    return cast.signed_in(user).get(url).text


def entries() -> list[dict[str, Any]]:
    return list(AuditEntry.objects.filter(operation="release.told").values_list("result", flat=True))


def test_everyone_who_sees_the_app_is_told_once_for_all_clusters(stage: Stage) -> None:
    before = live.version(f"waiting:{stage.people.boutique.pk}")
    begun(stage, TELL)
    assert entries() == [{"release": 1, "channel": "everyone", "message": "Shop two is on its way"}]
    assert live.version(f"waiting:{stage.people.boutique.pk}") > before
    for user in (stage.people.vera, stage.people.bob):
        assert page(user).count("Shop two is on its way") == 1
    assert PAGE in page(stage.people.vera, "/")


def test_a_role_is_told_and_nobody_else(stage: Stage) -> None:
    anna = cast.member("anna", tenant=stage.people.boutique, role=OPERATOR)
    begun(stage, {**TELL, "channel": OPERATOR})
    assert "Shop two is on its way" in page(anna)
    assert "Shop two is on its way" not in page(stage.people.vera)
    assert PAGE not in page(stage.people.vera, "/")


def test_it_stands_on_the_page_of_the_release_and_in_what_the_api_says_of_it(stage: Stage) -> None:
    begun(stage, TELL)
    assert "Shop two is on its way" in page(stage.people.vera, "/t/boutique/apps/shop/releases/1/")
    told = cast.signed_in(stage.people.vera).get("/api/v1/tenants/boutique/apps/shop/releases/1/").json()["outputs"]
    assert [(one["name"], one["log"]) for one in told] == [("tell", ["Shop two is on its way"])]


def test_a_role_that_there_is_not_is_said_before_anything_begins(stage: Stage) -> None:
    stage.on_app("release.strategy", kind="rolling", steps=[APPLY, {**TELL, "channel": "shop-team"}])
    with pytest.raises(Refused, match="tell tells shop-team, which is no role of boutique"):
        stage.on_app("release.start")


def test_a_notice_once_a_step_failed_is_not_told_while_all_goes_well(stage: Stage) -> None:
    begun(stage, {**TELL, "when": "on-failure"})
    assert entries() == []


def test_whoever_hears_of_the_end_hears_it_by_a_hook(stage: Stage) -> None:
    hook = {"kind": "notify", "name": "done", "message": "It is out"}
    perform("release.hooks", actor=stage.bob, ref=Ref(APP, "boutique", "shop"), data={"before": [], "after": [hook]})
    stage.deployed()
    assert [one["message"] for one in entries()] == ["It is out"]
