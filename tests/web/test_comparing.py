"""Any two releases of an app side by side."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import cast
from tests.releases.stage import Stage

PAGE = "/t/boutique/apps/shop/releases/compare/"
TWO = "registry.example.com/shop:2"


@pytest.fixture
def bob(db: None) -> Client:
    """Releases 1 and 3 brought the first image, 2 the second one and more instances."""
    stage = Stage()
    stage.deployed()
    stage.on_app("image.set", process="web", image=TWO)
    stage.on_app("process.scale", process="web", replicas=6)
    number = int(stage.on_app("release.start", note="More for the sale").result["release"])
    stage.work()
    for cluster in (stage.north, stage.south):
        stage.ready(cluster, image=TWO, count=3)
        stage.work()
    assert stage.release(number).state == "succeeded"
    stage.deployed_back()
    return cast.signed_in(cast.present().bob)


def test_settings_manifests_and_facts_are_compared(bob: Client) -> None:
    text = bob.get(f"{PAGE}?from=1&to=2").text
    assert "registry.example.com/shop:2" in text
    assert f'href="{PAGE.removesuffix("compare/")}"' in text
    assert text.count('<span class="tag">north</span>') == text.count('<span class="tag">south</span>') == 2
    assert "instances: 3" in text
    assert "More for the sale" in text
    assert "bob" in text


def test_two_that_are_alike_say_so(bob: Client) -> None:
    text = bob.get(f"{PAGE}?from=1&to=3").text
    assert "The same settings" in text
    assert "The same manifests" in text


def test_without_numbers_the_last_two_are_compared(bob: Client) -> None:
    text = bob.get(PAGE).text
    assert "Release 2</a>" in text
    assert "Release 3</a>" in text


@pytest.mark.parametrize("query", ["from=1&to=9", "from=9&to=1"])
def test_a_release_that_is_not_there_is_named(bob: Client, query: str) -> None:
    assert "There is no release 9. The last one is 3." in bob.get(f"{PAGE}?{query}").text


@pytest.mark.parametrize("query", ["from=x&to=-1", "from=99999999999999999999", "to=%C2%B2"])
def test_what_is_no_number_is_as_if_it_were_not_there(bob: Client, query: str) -> None:
    assert "Release 3</a>" in bob.get(f"{PAGE}?{query}").text
