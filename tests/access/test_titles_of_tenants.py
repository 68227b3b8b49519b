"""No tenant has a title that people take for another one's, or that turns the words beside it."""

from __future__ import annotations

import pytest

from portal.access import Ref
from portal.errors import Invalid, Refused
from portal.operations.performing import perform
from tenants.models import Tenant
from tests import cast

pytestmark = pytest.mark.django_db
LOOKING_ALIKE = [
    "Harbor",
    "harbor",
    "H\N{CYRILLIC SMALL LETTER A}rbor",
]


def describe(people: cast.Cast, title: str) -> None:
    perform("tenant.describe", actor=cast.actor(people.olga), ref=Ref("tenant", "boutique"), data={"title": title})


@pytest.fixture
def people() -> cast.Cast:
    return cast.everyone()


@pytest.mark.parametrize("title", LOOKING_ALIKE)
def test_no_tenant_gets_a_title_that_looks_like_anothers(people: cast.Cast, title: str) -> None:
    with pytest.raises(Refused, match="The tenant harbor has a title that looks like this one") as refusal:
        describe(people, title)
    assert refusal.value.field == "title"

    data = {"name": "harbor-2", "title": title, "user": "vera"}
    with pytest.raises(Refused, match="The tenant harbor has a title"):
        perform("tenant.create", actor=cast.actor(people.olga), ref=Ref("platform"), data=data)
    assert Tenant.objects.count() == 2


@pytest.mark.parametrize("title", ["\N{RIGHT-TO-LEFT OVERRIDE}robraH", "\N{ZERO WIDTH SPACE}"])
def test_no_title_turns_text_or_is_unseen(people: cast.Cast, title: str) -> None:
    with pytest.raises((Refused, Invalid), match=r"This changes the direction|Nobody sees this title"):
        describe(people, title)


def test_a_tenant_may_write_its_own_title_another_way(people: cast.Cast) -> None:
    describe(people, "ONLINE boutique")

    assert Tenant.objects.get(name="boutique").title == "ONLINE boutique"
