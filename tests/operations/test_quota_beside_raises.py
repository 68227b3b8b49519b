"""Requests for good and for a while where the limit is higher for a while already."""

from __future__ import annotations

import pytest

from portal.errors import Refused
from tenants.models import QuotaLimit
from tenants.quota.limits import set_limits
from tests import cast
from tests.operations.quota_stage import ask, asking, decide, in_days, limit, request, set_by_olga, use


@pytest.fixture
def people(db: None) -> cast.Cast:
    return asking()


def raised(people: cast.Cast) -> None:
    """Instances: 24 for good, 40 for ten days, 30 in use."""
    set_limits(people.boutique.pk, limits={"instances": 24})
    ask(people, value="40", until=in_days(10))
    decide(people)
    use(people, 30)


def test_what_is_asked_for_good_under_a_raise_is_compared_with_what_is_there_for_good(people: cast.Cast) -> None:
    raised(people)
    ask(people, value="35")
    ask(people, "cpu", "40")

    assert [request(people, number).before for number in (2, 3)] == [24, 20_000]


@pytest.mark.parametrize(("days", "before"), [(5, 40), (10, 40), (20, 24)])
def test_what_is_asked_for_a_while_is_compared_with_the_limit_of_its_last_day(
    people: cast.Cast, days: int, before: int
) -> None:
    raised(people)
    ask(people, value="50", until=in_days(days))

    assert request(people, 2).before == before


def test_part_of_a_raise_can_be_kept_for_good_though_more_is_in_use(people: cast.Cast) -> None:
    raised(people)
    ask(people, value="28")
    assert request(people, 2).state == "waiting"
    decide(people, 2, value="26")

    assert QuotaLimit.objects.get(tenant=people.boutique, dimension="instances").amount == 26
    assert limit(people) == 40


@pytest.mark.parametrize("value", ["28", "20"])
def test_what_ends_a_raise_that_is_in_use_is_refused(people: cast.Cast, value: str) -> None:
    raised(people)
    with pytest.raises(Refused, match="must go first"):
        set_by_olga(people, "instances", value)
    with pytest.raises(Refused, match="10 must go first"):
        ask(people, value="20")


@pytest.mark.parametrize(("value", "days"), [("40", 10), ("30", 10), ("40", 5), ("25", 5)])
def test_a_raise_that_is_there_already_is_refused_when_it_is_asked_for(
    people: cast.Cast, value: str, days: int
) -> None:
    raised(people)
    sentence = "The limit of Instances is as high for as long already. Ask for more, or for longer."
    with pytest.raises(Refused, match=sentence) as refusal:
        ask(people, value=value, until=in_days(days))

    assert refusal.value.field == "value"


@pytest.mark.parametrize(("value", "days"), [("41", 5), ("30", 11)])
def test_more_and_longer_than_a_raise_can_be_asked_for(people: cast.Cast, value: str, days: int) -> None:
    raised(people)
    ask(people, value=value, until=in_days(days))
    decide(people, 2)

    assert request(people, 2).state == "granted"
