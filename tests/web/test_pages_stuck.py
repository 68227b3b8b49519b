"""A release that is stuck offers on its page, and to Ctrl-K there, to try again and to skip, up to the form."""

from __future__ import annotations

import re
from typing import Any

import pytest

from releases.models import Release
from tenants.models import User
from tests import cast
from tests.releases.stage import Stage
from tests.web.test_pages_queries import SIGNED_IN, queries

pytestmark = pytest.mark.django_db
PAGE = "/t/boutique/apps/shop/releases/1/"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def waits(stage: Stage, *steps: dict[str, Any]) -> None:
    """Release 1 waits on north; for its instances, or at the first of these steps."""
    if steps:
        rest = {"kind": "batch", "name": "rest", "replicas": "100%"}
        stage.on_app("release.strategy", kind="canary", steps=[*steps, rest])
    stage.on_app("release.start")
    stage.work()


def failed(stage: Stage) -> None:
    """It has failed on north, and goes on with south."""
    stage.on_app("release.start")
    Release.objects.update(failure_budget=1)
    stage.work()
    stage.crashes(stage.north)
    stage.work()
    assert stage.release(1).state == "running"


def offered(who: User, page: str = PAGE) -> dict[str, str]:
    """Title → address of the rows of *More*."""
    text = cast.signed_in(who).get(page).text
    menu = re.search(r'<details class="menu".*?</details>', text, re.DOTALL)
    rows = re.findall(
        r'<a class=""\s+href="([^"]+)"[^>]*>(?:<svg.*?</svg>)?([^<]+)</a>', menu[0] if menu else "", re.DOTALL
    )
    return {title.strip(): url.replace("&amp;", "&") for url, title in rows}


def found(who: User, words: str, *, at: str = PAGE) -> list[str]:
    """What Ctrl-K offers on a page."""
    page = cast.signed_in(who).get("/go/", {"hits": "", "q": words}, headers={"Referer": f"http://testserver{at}"}).text
    return [one.replace("&amp;", "&") for one in re.findall(r'href="([^"]+)"', page)]


def test_what_waits_can_be_skipped_up_to_the_form(stage: Stage) -> None:
    waits(stage)
    rows = offered(stage.people.bob)
    ((title, url),) = rows.items()
    assert title == "Skip “Wait for ready” on north…"
    client = cast.signed_in(stage.people.bob)
    form = client.get(url).text
    assert "“Wait for ready” of release 1 on north counts as passed." in form
    assert client.post(url, {"version": 1}).status_code == 303
    assert stage.release(1).runs.filter(state="skipped").count() == 1


def test_what_failed_can_be_tried_again_up_to_the_form(stage: Stage) -> None:
    failed(stage)
    rows = offered(stage.people.bob)
    assert list(rows) == [
        "Try again on north…",
        "Skip “Wait for ready” on north…",
        "Skip “Wait for ready” on south…",
    ]
    client = cast.signed_in(stage.people.bob)
    assert client.post(rows["Try again on north…"], {"version": 1}).status_code == 303
    assert stage.release(1).targets.get(cluster_name="north").state == "running"


def test_nothing_of_it_is_offered_where_it_makes_no_sense(stage: Stage) -> None:
    waits(stage, {"kind": "approval", "name": "ok"})
    assert offered(stage.people.bob) == {}
    assert not [one for one in found(stage.people.bob, "skip") + found(stage.people.bob, "try again") if "/do/" in one]
    stage.on_release("release.abort", 1, after="hold")
    assert list(offered(stage.people.bob)) == ["Deploy it again…"]


def test_nothing_of_it_is_offered_to_who_may_not_deploy_or_of_a_locked_app(stage: Stage) -> None:
    waits(stage)
    assert offered(stage.people.vera) == {} and not found(stage.people.vera, "skip")
    stage.on_app("app.lock", reason="audit")
    assert offered(stage.people.bob) == {} and not found(stage.people.bob, "skip")


def test_a_paused_release_offers_it_too(stage: Stage) -> None:
    waits(stage)
    stage.on_release("release.pause", 1)
    assert "Skip “Wait for ready” on north…" in offered(stage.people.bob)


def test_ctrl_k_finds_what_may_be_said_to_the_release_on_whose_page_it_is(stage: Stage) -> None:
    failed(stage)
    assert f"{PAGE}do/release.skip/" in found(stage.people.bob, "skip")
    assert f"{PAGE}do/release.retry/?cluster=north" in found(stage.people.bob, "try again north")
    assert f"{PAGE}do/release.pause/" in found(stage.people.bob, "pause", at=f"{PAGE}do/release.abort/")
    assert f"{PAGE}do/release.resume/" not in found(stage.people.bob, "resume")


@pytest.mark.parametrize("at", ["/t/boutique/apps/", "/t/boutique/apps/nothing/releases/1/", "/nowhere", ""])
def test_on_other_pages_it_is_found_by_the_app(stage: Stage, at: str) -> None:
    waits(stage)
    assert not [one for one in found(stage.people.bob, "skip", at=at) if "/do/" in one]
    assert f"{PAGE}do/release.skip/?cluster=north" in found(stage.people.bob, "skip shop north", at=at)
    assert not [one for one in found(stage.people.charlie, "skip shop", at=at) if "/do/" in one]


def test_the_page_asks_few_questions_also_where_a_cluster_failed(stage: Stage) -> None:
    failed(stage)
    seen = queries(cast.signed_in(stage.people.bob), PAGE)
    assert len(seen) <= 24 + SIGNED_IN, "\n".join(seen)
