"""What waits for a person: only what this one may answer, counted in the navigation, and gone once it is answered."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from portal import live
from portal.access import Ref
from portal.access.ref import RELEASE
from portal.access.roles import APPROVER
from portal.live.models import TopicVersion
from portal.operations.performing import perform
from releases.models import StepRun
from tenants.models import User
from tests import cast
from tests.releases.stage import Stage
from tests.web.test_pages_queries import queries

pytestmark = pytest.mark.django_db
PAGE = "/t/boutique/waiting/"
COUNT = f"{PAGE}_count"
BATCH = {"kind": "batch", "name": "rest", "replicas": "100%"}
APPROVAL = {"kind": "approval", "name": "ok"}


@pytest.fixture
def stage() -> Stage:
    return Stage()


def waits(stage: Stage, *steps: dict[str, Any]) -> None:
    """Release 1, started by bob, waits at the first of these steps on both clusters."""
    stage.on_app("release.waves", across="together")
    stage.on_app("release.strategy", kind="canary", steps=[*steps, BATCH])
    stage.on_app("release.start", note="For the sale")
    stage.work()


def page(user: User) -> str:
    return cast.signed_in(user).get(PAGE).text


def count(user: User) -> str:
    """The number in the navigation, blank where none is shown."""
    found = re.search(r'<span class="count"[^>]*_count[^>]*>(\d*)</span>', cast.signed_in(user).get("/").text)
    return found[1] if found else "no entry"


def test_an_approval_waits_for_who_may_approve_and_for_nobody_else(stage: Stage) -> None:
    waits(stage, APPROVAL)
    people = stage.people
    assert (count(people.alice), count(people.bob), count(people.vera)) == ("1", "", "no entry")
    text = page(people.alice)
    assert "0 of 1 people have approved." in text
    assert "For the sale" in text
    assert "north, south" in text
    assert "Nothing waits for you" in page(people.bob)


def test_one_click_leads_to_the_release_and_the_answers_open_in_place(stage: Stage) -> None:
    waits(stage, APPROVAL)
    text = page(stage.people.alice)
    release = "/t/boutique/apps/shop/releases/1/"
    assert f'href="{release}"' in text
    (step,) = set(StepRun.objects.filter(state="watching").values_list("step", flat=True))
    for answer in ("release.approve", "release.reject"):
        assert re.search(rf'href="{release}do/{answer}/\?step={step}"\s+data-dialog', text)


def test_who_has_approved_already_is_not_asked_again(stage: Stage) -> None:
    waits(stage, APPROVAL | {"count": 2})
    ref = Ref(RELEASE, "boutique", "shop", 1)
    perform("release.approve", actor=cast.actor(stage.people.alice), ref=ref, data={})
    assert count(stage.people.alice) == ""
    anna = cast.member("anna", tenant=stage.people.boutique, role=APPROVER)
    assert "1 of 2 people have approved." in page(anna)


@pytest.mark.parametrize(
    ("options", "asked"),
    [({"roles": ["approver"]}, "anna"), ({"members": ["alice"]}, "alice"), ({}, "alice anna")],
    ids=["a role", "a person", "whoever may"],
)
def test_an_approval_of_some_waits_for_them_alone(stage: Stage, options: dict[str, Any], asked: str) -> None:
    anna = cast.member("anna", tenant=stage.people.boutique, role=APPROVER)
    waits(stage, APPROVAL | options)
    found = [user.username for user in (stage.people.alice, anna) if count(user) == "1"]
    assert found == asked.split()


def test_who_started_a_release_is_not_asked_to_approve_it(stage: Stage) -> None:
    stage.bob = cast.actor(stage.people.alice)
    waits(stage, APPROVAL)
    assert count(stage.people.alice) == ""


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"kind": "pause", "name": "look"}, "Waits until somebody lets it go on."),
        ({"kind": "note", "name": "call", "text": "Call the shop"}, "Call the shop."),
    ],
    ids=["a pause", "a note"],
)
def test_what_anybody_who_deploys_lets_go_on_waits_for_them(stage: Stage, step: dict[str, Any], words: str) -> None:
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.on_app("release.waves", across="together")
    stage.on_app("release.strategy", kind="canary", steps=[step, BATCH])
    stage.on_app("release.start")
    stage.work()
    assert words.rstrip(".") in page(stage.people.bob)
    stage.on_release("release.promote", 2)
    assert "Nothing waits for you" in page(stage.people.bob)


def test_what_only_waits_for_a_time_waits_for_nobody(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.on_app("release.strategy", kind="canary", steps=[{"kind": "pause", "name": "look", "seconds": 600}, BATCH])
    stage.on_app("release.start")
    stage.work()
    assert StepRun.objects.filter(release__number=2, state="watching", reason__code="goes_on_at").exists()
    assert count(stage.people.bob) == ""


def test_pages_hear_when_something_comes_to_wait_and_when_it_is_answered(stage: Stage) -> None:
    topic = f"waiting:{stage.people.boutique.pk}"
    waits(stage, APPROVAL)
    came = TopicVersion.objects.get(topic=topic).version
    stage.work()
    assert TopicVersion.objects.get(topic=topic).version == came
    ref = Ref(RELEASE, "boutique", "shop", 1)
    perform("release.approve", actor=cast.actor(stage.people.alice), ref=ref, data={})
    assert TopicVersion.objects.get(topic=topic).version > came


def test_members_follow_it_and_strangers_do_not(stage: Stage) -> None:
    topic = f"waiting:{stage.people.boutique.pk}"
    assert live.may_watch(cast.actor(stage.people.vera), topic)
    assert not live.may_watch(cast.actor(stage.people.charlie), topic)
    assert f"{topic} " in cast.signed_in(stage.people.bob).get("/t/boutique/members/").text


def test_the_number_can_be_fetched_alone(stage: Stage) -> None:
    waits(stage, APPROVAL)
    answer = cast.signed_in(stage.people.alice).get(COUNT)
    assert answer.text.strip().endswith(">1</span>")


def test_more_of_it_asks_no_more_questions(stage: Stage) -> None:
    alice: Client = cast.signed_in(stage.people.alice)
    waits(stage, APPROVAL)
    few = queries(alice, PAGE)
    run = StepRun.objects.filter(state="watching").first()
    assert run is not None
    for attempt in range(2, 30):
        run.pk, run.attempt = None, attempt
        run.save()
    assert len(queries(alice, PAGE)) <= len(few) <= 13  # one of them is for what releases told
