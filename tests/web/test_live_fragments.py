"""The fragments of a topic: worded for sockets, and fetched over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from portal import live
from portal.access import Actor
from portal.live import fragments
from portal.live.models import TopicVersion

pytestmark = pytest.mark.django_db


@live.renderer("test_card")
def show(card: str) -> dict[str, str]:
    if card == "broken":
        raise KeyError("no such card")
    return {"card": "<p>hello</p>" if card != "big" else "x" * 300_000}


@live.guard("test_card")
def may_see(actor: Actor, card: str) -> bool:
    return card != "locked"


@pytest.fixture
def bob(client: Client, django_user_model: Any) -> Client:
    user = django_user_model.objects.create(username="bob")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_fragments_too_large_for_a_message_are_announced_only() -> None:
    assert fragments.message("test_card:big", version=3) == '{"topic":"test_card:big","version":3,"full":false}'


def test_fragments_that_cannot_be_rendered_are_announced_only() -> None:
    assert fragments.message("test_card:broken", version=3) == '{"topic":"test_card:broken","version":3,"full":false}'


def test_the_fragments_can_be_fetched_too(bob: Client) -> None:
    TopicVersion.objects.create(topic="test_card:1", version=4)
    answer = bob.get("/live/fragments/", {"topic": "test_card:1"})
    assert answer.status_code == 200
    assert answer.json() == {
        "topic": "test_card:1",
        "version": 4,
        "full": True,
        "fragments": {"card": "<p>hello</p>"},
    }
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("topic", ["", "test_card:locked", "nothing:1", "rights:1", "test_card:../1", "test_card:1\n"])
def test_fragments_that_are_not_yours_are_not_there(bob: Client, topic: str) -> None:
    assert bob.get("/live/fragments/", {"topic": topic}).status_code == 404


def test_a_stranger_fetches_no_fragments(client: Client) -> None:
    assert client.get("/live/fragments/", {"topic": "test_card:1"}).status_code == 404
