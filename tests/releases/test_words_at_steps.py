"""A word that was meant for one step of a release never counts for the next one, which nobody has looked at."""

from __future__ import annotations

import re

import pytest

from portal.errors import Conflict
from tests import cast
from tests.releases.canary import Canary

pytestmark = pytest.mark.django_db
STEPS = (
    {"kind": "batch", "name": "one", "replicas": "1"},
    {"kind": "pause", "name": "look", "seconds": -1},
    {"kind": "pause", "name": "again", "seconds": -1},
    {"kind": "approval", "name": "first"},
    {"kind": "approval", "name": "second"},
)
PAGE = "/t/boutique/apps/shop/releases/2/"


@pytest.fixture
def canary() -> Canary:
    canary = Canary(steps=STEPS[:1])
    canary.on_app("release.strategy", kind="canary", steps=list(STEPS))
    assert canary.waits() == 2
    return canary


def waits_at(canary: Canary) -> set[str]:
    plan = {step.number: step.options.get("name", "") for step in canary.release(2).steps.all()}
    return {plan[run.step] for run in canary.release(2).runs.filter(state="watching")}


def button(canary: Canary, title: str) -> str:
    """Where the page's button posts to."""
    shown = cast.signed_in(canary.people.alice).get(PAGE).content.decode()
    words = r"do/release\.(?:promote|approve)/"
    found = re.search(rf'action="([^"]*{words}[^"]*)"(?:(?!</form>).)*{title}', shown, re.DOTALL)
    assert found, shown
    return found[1].replace("&amp;", "&")


def test_two_people_who_press_go_on_let_one_step_pass(canary: Canary) -> None:
    assert waits_at(canary) == {"look"}
    pressed = button(canary, "Go on")
    first, second = cast.signed_in(canary.people.alice), cast.signed_in(canary.people.bob)
    assert first.post(pressed).status_code == 303
    answer = second.post(pressed)
    assert "The release does not wait at step" in answer.content.decode() and answer.status_code == 409
    assert waits_at(canary) == {"again"}


def test_an_approval_that_is_sent_twice_counts_for_one_step(canary: Canary) -> None:
    for _pause in range(2):
        canary.on_release("release.promote", 2)
    pressed, alice = button(canary, "Approve"), cast.signed_in(canary.people.alice)
    assert [alice.post(pressed).status_code for _time in range(2)] == [303, 409]
    assert waits_at(canary) == {"second"}


def test_a_word_for_no_step_in_particular_counts_for_what_waits(canary: Canary) -> None:
    at = canary.release(2).runs.filter(state="watching").values_list("step", flat=True)[0]
    canary.on_release("release.promote", 2)
    with pytest.raises(Conflict, match=f"The release does not wait at step {at}, so"):
        canary.on_release("release.promote", 2, step=at)
    assert waits_at(canary) == {"again"}
    canary.on_release("release.promote", 2)
    assert waits_at(canary) == {"first"}


@pytest.mark.parametrize("step", [1, 99])
def test_a_step_that_is_not_waited_at_is_not_said_to_be_past(canary: Canary, step: int) -> None:
    with pytest.raises(Conflict, match=f"The release does not wait at step {step}, so"):
        canary.on_release("release.promote", 2, step=step)


def link(canary: Canary, title: str) -> str:
    """Where the page's link to a form leads."""
    shown = cast.signed_in(canary.people.alice).get(PAGE).content.decode()
    found = re.search(rf'href="([^"]*do/release\.[^"]*)"(?:(?!</a>).)*{title}', shown, re.DOTALL)
    assert found, shown
    return found[1].replace("&amp;", "&")


def test_a_rejection_of_what_was_promoted_meanwhile_ends_nothing(canary: Canary) -> None:
    reject = link(canary, "Reject")
    canary.on_release("release.promote", 2)
    answer = cast.signed_in(canary.people.alice).post(reject, {"comment": "Too slow"})
    assert (answer.status_code, canary.release(2).state, waits_at(canary)) == (409, "running", {"again"})
    cast.signed_in(canary.people.alice).post(link(canary, "Reject"), {"comment": "Too slow"})
    assert canary.release(2).state not in ("running", "succeeded")
