"""Ctrl-K: apps, and forms filled in by the words behind, for those who may do it."""

from __future__ import annotations

import re

import pytest

from tenants.models import User
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return Stage()


def found(who: User, words: str) -> list[str]:
    """The addresses that are offered."""
    page = cast.signed_in(who).get("/go/", {"hits": "", "q": words}).text
    return [one.replace("&amp;", "&") for one in re.findall(r'href="([^"]+)"', page)]


def test_an_app_is_found_by_a_part_of_its_name(stage: Stage) -> None:
    assert found(stage.people.bob, "sho") == ["/t/boutique/apps/shop/#content"]


def test_an_operation_of_an_app_opens_filled_in(stage: Stage) -> None:
    assert "/t/boutique/apps/shop/do/process.scale/?process=web&replicas=4" in found(
        stage.people.bob, "scale shop web 4"
    )


@pytest.mark.parametrize("words", ["member.add bob developer", "add a member bob developer"])
def test_an_operation_of_a_tenant_opens_filled_in(stage: Stage, words: str) -> None:
    assert "/t/boutique/do/member.add/?user=bob&role=developer" in found(stage.people.alice, words)


def test_an_operation_of_the_platform_is_found_by_those_who_may_do_it(stage: Stage) -> None:
    form = "/platform/do/tenant.create/?name=garden"
    assert form in found(stage.people.olga, "tenant.create garden")
    assert form not in found(stage.people.alice, "tenant.create garden")


def test_what_a_person_may_not_do_to_a_tenant_is_not_offered(stage: Stage) -> None:
    assert not [one for one in found(stage.people.vera, "member.add") if "/do/" in one]
