"""Where the new instances can be looked at before the switch is said where the release stands."""

from __future__ import annotations

from typing import Any

import pytest

from tests import cast
from tests.releases.canary import PLAIN, Canary

pytestmark = pytest.mark.django_db
HOST = "next.example.com"
LINK = f'href="http://{HOST}/"'


def traffic(canary: Canary) -> str:
    page = cast.signed_in(canary.people.bob).get("/t/boutique/apps/shop/releases/2/").text
    return page[page.index("-traffic") : page.index("-lanes")]


def begun(kind: str, **strategy: Any) -> Canary:
    canary = Canary(**({"capabilities": strategy.pop("capabilities")} if "capabilities" in strategy else {}))
    canary.on_app("release.strategy", kind=kind, preview_host=HOST, **strategy)
    canary.start()
    return canary


def test_the_new_set_is_reached_by_a_link_until_the_switch() -> None:
    canary = begun("blue-green", keep=600)
    assert LINK in traffic(canary)
    for cluster in (canary.north, canary.south):
        for _round in range(3):
            canary.serve(cluster, stable=2, canary=2)
    page = traffic(canary)
    assert "All of it goes to the new set" in page and LINK not in page


def test_until_the_switch_nothing_of_the_traffic_goes_to_the_new_set() -> None:
    canary = begun("blue-green", keep=600)
    for cluster in (canary.north, canary.south):
        canary.serve(cluster, stable=2, canary=1)
    page = traffic(canary)
    assert "old · 100 %" in page and "new · 0 %" in page
    assert "All of it goes to the old set, until the switch." in page and "with the instances" not in page


@pytest.mark.parametrize("capabilities", [PLAIN])
def test_it_is_there_without_a_gateway_too(capabilities: dict[str, str]) -> None:
    assert LINK in traffic(begun("blue-green", keep=600, capabilities=capabilities))


def test_a_canary_has_it_as_well_and_without_a_host_there_is_none() -> None:
    step = {"kind": "traffic", "name": "some", "traffic": 25}
    assert LINK in traffic(begun("canary", steps=[step, {"kind": "pause", "name": "look"}]))


def test_without_such_a_host_there_is_no_link() -> None:
    canary = Canary()
    canary.start()
    assert "http://" not in traffic(canary)
