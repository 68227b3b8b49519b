"""The rule that grants quota at once is not passed by asking in steps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.audit.models import AuditEntry
from portal.audit.wording import words
from tenants.models import QuotaRequest
from tests import cast
from tests.operations.quota_stage import ask, asking, decide, in_days, limit, request, set_by_olga, used_for_days


@pytest.fixture
def people(db: None) -> cast.Cast:
    """Ten instances are allowed."""
    return asking()


def states(people: cast.Cast) -> list[str]:
    rows = QuotaRequest.objects.filter(tenant=people.boutique).order_by("number")
    return list(rows.values_list("state", flat=True))


def test_to_ask_for_less_first_does_not_make_use_high(people: cast.Cast) -> None:
    used_for_days(people, 7)
    ask(people, value="8")
    ask(people, value="12")

    assert states(people) == ["granted", "waiting"]
    assert limit(people) == 8


def test_in_many_small_steps_neither(people: cast.Cast) -> None:
    used_for_days(people, 7)
    for value in ("9", "8", "7", "10"):
        ask(people, value=value)

    assert states(people) == ["granted", "granted", "granted", "waiting"]


def test_what_was_lowered_is_raised_where_use_is_high_even_of_what_it_was(people: cast.Cast) -> None:
    used_for_days(people, 8)
    ask(people, value="9")
    ask(people, value="13")

    assert states(people) == ["granted", "granted"]


def test_what_was_lowered_long_ago_does_not_count(people: cast.Cast) -> None:
    used_for_days(people, 7)
    ask(people, value="8")
    QuotaRequest.objects.update(decided_at=timezone.now() - timedelta(days=31))
    ask(people, value="12")

    assert states(people) == ["granted", "granted"]


def test_a_raise_that_is_given_up_for_less_still_leaves_more_to_a_person(people: cast.Cast) -> None:
    used_for_days(people, 9)
    ask(people, value="40", until=in_days(10))
    decide(people)
    ask(people, value="9")
    ask(people, value="13")

    assert states(people) == ["granted", "granted", "waiting"]


def test_a_raise_that_a_grant_for_good_covers_is_not_given_up(people: cast.Cast) -> None:
    ask(people, value="12", until=in_days(10))
    decide(people)
    set_by_olga(people, "instances", "20")
    used_for_days(people, 18)
    ask(people, value="25")

    assert request(people, 2).state == "granted"


def test_the_answer_and_the_log_say_that_the_rule_granted_it(people: cast.Cast) -> None:
    less, more = ask(people, value="8"), ask(people, value="40")

    assert less.message == "Asked for the limit of Instances to be 8, which the rule granted at once: The sale."
    assert more.message == "Asked for the limit of Instances to be 40: The sale."
    entries = AuditEntry.objects.filter(operation="quota.request").order_by("sequence")
    assert [f"{words(one).capitalize()}." for one in entries] == [one.message.capitalize() for one in (less, more)]
