"""Asking for quota and deciding, through the operations."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.errors import Conflict, Forbidden, Refused
from portal.operations.performing import perform
from tenants.models import QuotaRequest
from tenants.quota.showing import day
from tests import cast
from tests.operations.quota_stage import (
    BOUTIQUE,
    ask,
    asking,
    decide,
    in_days,
    limit,
    request,
    set_by_olga,
    use,
    used_for_days,
)
from tests.operations.stage import Shop


@pytest.fixture
def people(db: None) -> cast.Cast:
    return asking()


def test_what_the_rule_does_not_grant_waits_and_changes_no_limit(people: cast.Cast) -> None:
    ask(people)

    one = request(people)
    assert (one.state, one.before, one.asked, one.granted, one.asked_by) == ("waiting", 10, 40, None, "alice")
    assert limit(people) == 10


def test_granting_as_asked_counts_at_once_and_keeps_who_decided(people: cast.Cast) -> None:
    ask(people)
    decide(people, comment="For the sale")

    one = request(people)
    assert (one.state, one.granted, one.decided_by, one.comment) == ("granted", 40, "olga", "For the sale")
    assert limit(people) == 40


def test_granting_another_value_keeps_what_was_asked_beside_it(people: cast.Cast) -> None:
    ask(people)
    decide(people, value="25")

    one = request(people)
    assert (one.before, one.asked, one.granted) == (10, 40, 25)
    assert limit(people) == 25


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "Granted the quota request 1: Instances 40."),
        ({"comment": "Fine"}, "Granted the quota request 1: Instances 40 (Fine)."),
        ({"value": "15"}, "Granted the quota request 1: Instances 15 of the 40 asked for."),
        ({"decision": "refuse"}, "Refused the quota request 1: Instances 40."),
    ],
)
def test_a_decision_is_told_with_what_was_decided_and_its_comment(
    people: cast.Cast, said: dict[str, str], words: str
) -> None:
    ask(people)

    assert decide(people, **said).message == words


def test_a_raise_is_told_with_its_day_when_it_is_asked_for_and_when_it_is_decided(people: cast.Cast) -> None:
    words, given = day(in_days(10)), {"until": in_days(10)}

    assert ask(people, **given).message == f"Asked for the limit of Instances to be 40 until {words}: The sale."
    assert decide(people).message == f"Granted the quota request 1: Instances 40, until {words}."


def test_a_request_is_told_with_what_the_limit_is_to_be(people: cast.Cast) -> None:
    assert ask(people, "cpu", "60 CPU").message == "Asked for the limit of CPU to be 60 CPU: The sale."


@pytest.mark.parametrize("value", ["9" * 21, "9" * 40])
def test_what_is_too_large_is_said_to_be(people: cast.Cast, value: str) -> None:
    for dimension in ("services", "cpu", "memory"):
        unit = " GiB" if dimension == "memory" else ""
        with pytest.raises(Refused, match="more than any quota can be"):
            ask(people, dimension, value[: 40 - len(unit)] + unit)


@pytest.mark.parametrize("given", [{}, {"value": "45"}, {"value": "50"}])
def test_a_grant_never_lowers_a_limit_that_was_raised_meanwhile(people: cast.Cast, given: dict[str, str]) -> None:
    ask(people)
    set_by_olga(people, "instances", "50")
    sentence = "The limit of Instances is 50 already. Grant more, or refuse it; to lower it, set the limit."
    for dry_run in (True, False):
        data = {"number": "1", **given}
        with pytest.raises(Refused) as refusal:
            perform("quota.decide", actor=cast.actor(people.olga), ref=BOUTIQUE, data=data, dry_run=dry_run)
        assert (str(refusal.value), refusal.value.field) == (sentence, "value")

    assert (request(people).state, limit(people)) == ("waiting", 50)
    decide(people, value="51")
    assert (request(people).granted, limit(people)) == (51, 51)


def test_refusing_leaves_the_limit_and_says_why(people: cast.Cast) -> None:
    ask(people)
    decide(people, decision="refuse", comment="Not this month")

    assert (request(people).state, request(people).comment, limit(people)) == ("refused", "Not this month", 10)


def test_a_request_is_decided_once(people: cast.Cast) -> None:
    ask(people)
    decide(people)

    with pytest.raises(Conflict, match="No quota request waits"):
        decide(people)


def test_a_withdrawn_request_cannot_be_decided(people: cast.Cast) -> None:
    ask(people)
    perform("quota.withdraw", actor=cast.actor(people.alice), ref=BOUTIQUE, data={"number": "1"})

    assert request(people).state == "withdrawn"
    with pytest.raises(Conflict):
        decide(people)


def test_a_second_request_for_the_same_has_to_wait(people: cast.Cast) -> None:
    ask(people)

    with pytest.raises(Refused, match="waits already"):
        ask(people, value="50")


def test_who_may_not_ask_is_told_who_can_give_the_right(people: cast.Cast) -> None:
    data = {"dimension": "cpu", "value": "30", "reason": "x"}
    with pytest.raises(Forbidden, match=r"tenant\.quota.*alice"):
        perform("quota.request", actor=cast.actor(people.bob), ref=BOUTIQUE, data=data)


def test_an_admin_does_not_decide_what_they_asked_for(people: cast.Cast) -> None:
    ask(people)

    with pytest.raises(Forbidden, match=r"platform\.quota"):
        perform("quota.decide", actor=cast.actor(people.alice), ref=BOUTIQUE, data={"number": "1"})


def test_less_that_is_not_below_use_is_granted_at_once(people: cast.Cast) -> None:
    use(people, 4)
    ask(people, value="4")

    assert (request(people).state, request(people).decided_by, limit(people)) == ("granted", "", 4)


def test_less_than_is_in_use_is_refused_with_the_apps_that_use_it(shop: Shop) -> None:
    shop.create("cart", image="registry.example.com/cart:1", replicas=3)
    data = {"dimension": "instances", "value": "4", "reason": "Less"}

    with pytest.raises(Refused) as refusal:
        perform("quota.request", actor=shop.alice, ref=BOUTIQUE, data=data)

    assert refusal.value.code == "limit_below_use"
    assert "Instances 5. 1 must go first; these apps use it: cart 3, shop 2." in str(refusal.value)


def test_all_the_apps_that_use_it_are_named(shop: Shop) -> None:
    for number in range(10):
        shop.create(f"app-{number}", image="registry.example.com/cart:1")
    with pytest.raises(Refused) as refusal:
        data = {"dimension": "instances", "value": "3", "reason": "Less"}
        perform("quota.request", actor=shop.alice, ref=BOUTIQUE, data=data)

    assert all(f"app-{number} " in str(refusal.value) for number in range(10))


def test_a_platform_operator_cannot_set_a_limit_below_use_either(people: cast.Cast) -> None:
    use(people, 8)

    with pytest.raises(Refused, match="1 must go first"):
        set_by_olga(people, "instances", "7")
    set_by_olga(people, "instances", "8")
    assert limit(people) == 8


@pytest.mark.parametrize(("used", "value", "state"), [(8, "15", "granted"), (8, "16", "waiting"), (7, "15", "waiting")])
def test_half_as_much_again_is_granted_while_use_is_high(people: cast.Cast, used: int, value: str, state: str) -> None:
    used_for_days(people, used)
    ask(people, value=value)

    assert request(people).state == state


def test_what_is_in_use_since_this_minute_is_not_measured_as_high(people: cast.Cast) -> None:
    use(people, 10)
    ask(people, value="15")

    assert request(people).state == "waiting"


def test_the_rule_does_not_raise_a_limit_again_that_it_has_raised_lately(people: cast.Cast) -> None:
    used_for_days(people, 15)
    ask(people, value="15")
    ask(people, value="22")

    assert (request(people, 1).state, request(people, 2).state) == ("granted", "waiting")


def test_the_rule_raises_a_limit_again_when_its_last_raise_is_long_ago(people: cast.Cast) -> None:
    used_for_days(people, 15)
    ask(people, value="15")
    QuotaRequest.objects.update(decided_at=timezone.now() - timedelta(days=31))
    ask(people, value="22")

    assert request(people, 2).state == "granted"


def test_the_rule_grants_nothing_beside_a_raise_for_a_while(people: cast.Cast) -> None:
    used_for_days(people, 10)
    ask(people, value="12", until=in_days(10))
    QuotaRequest.objects.update(decided_at=timezone.now() - timedelta(days=31))
    ask(people, value="15")

    assert request(people, 2).state == "waiting"


def test_use_that_was_low_over_the_last_days_is_not_high_for_a_draft_of_today(people: cast.Cast) -> None:
    use(people, 10)
    used_for_days(people, 1)
    ask(people, value="15")

    assert request(people).state == "waiting"


def test_use_that_was_high_over_the_last_days_counts_also_when_it_just_fell(people: cast.Cast) -> None:
    use(people, 2)
    used_for_days(people, 9)
    ask(people, value="15")

    assert request(people).state == "granted"


def test_a_preview_says_what_would_be_decided_and_shows_the_bar_of_then(people: cast.Cast) -> None:
    use(people, 9)
    used_for_days(people, 9)
    data = {"dimension": "instances", "value": "15", "reason": "x"}
    seen = perform("quota.request", actor=cast.actor(people.alice), ref=BOUTIQUE, data=data, dry_run=True).preview

    assert seen is not None
    assert [row["after"] for row in seen.spec] == ["15", "granted by the rule: 15"]
    assert [(row["used"], row["after"], row["limit"]) for row in seen.quota] == [(9, 9, 15)]
    assert not QuotaRequest.objects.exists()


@pytest.mark.parametrize("value", ["many", "1.5", "-3", "4 CPU"])
def test_what_is_no_number_of_pieces_is_refused_at_its_field(people: cast.Cast, value: str) -> None:
    with pytest.raises(Refused, match="whole number") as refusal:
        ask(people, value=value)
    assert refusal.value.field == "value"
