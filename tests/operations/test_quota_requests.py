"""Asking for quota, deciding, and raises that end by themselves, through the operations."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from portal.access import Ref
from portal.audit.models import AuditEntry
from portal.errors import Conflict, Forbidden, QuotaExceeded, Refused
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from portal.outbox.models import OutboxRow
from tenants.models import QuotaLimit, QuotaRequest, QuotaSample
from tenants.quota import ending, ledger
from tenants.quota.limits import set_limits
from tests import cast
from tests.operations.stage import Shop

BOUTIQUE = Ref("tenant", "boutique")
APP = uuid.UUID(int=7)


@pytest.fixture
def people(db: None) -> cast.Cast:
    people = cast.everyone()
    set_limits(people.boutique.pk, limits={"instances": 10, "cpu": 20_000})
    return people


def ask(people: cast.Cast, dimension: str = "instances", value: str = "40", **more: Any) -> Outcome:
    data = {"dimension": dimension, "value": value, "reason": "The sale", **more}
    return perform("quota.request", actor=cast.actor(people.alice), ref=BOUTIQUE, data=data)


def decide(people: cast.Cast, number: int = 1, **data: Any) -> Outcome:
    return perform("quota.decide", actor=cast.actor(people.olga), ref=BOUTIQUE, data={"number": str(number), **data})


def use(people: cast.Cast, instances: int, *, app: uuid.UUID = APP) -> None:
    with transaction.atomic():
        ledger.reserve(people.boutique.pk, app, source="draft", usage={"instances": instances}, enforce=False)


def limit(people: cast.Cast, dimension: str = "instances") -> int:
    return ledger.limits_of(people.boutique.pk)[dimension]


def request(people: cast.Cast, number: int = 1) -> QuotaRequest:
    return QuotaRequest.objects.get(tenant=people.boutique, number=number)


def in_days(days: int) -> str:
    return (timezone.now() + timedelta(days=days)).date().isoformat()


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


def test_a_platform_operator_cannot_set_a_limit_below_use_either(people: cast.Cast) -> None:
    use(people, 8)

    with pytest.raises(Refused, match="1 must go first"):
        set_by_olga(people, "instances", "7")
    set_by_olga(people, "instances", "8")
    assert limit(people) == 8


@pytest.mark.parametrize(("used", "value", "state"), [(8, "15", "granted"), (8, "16", "waiting"), (7, "15", "waiting")])
def test_half_as_much_again_is_granted_while_use_is_high(people: cast.Cast, used: int, value: str, state: str) -> None:
    use(people, used)
    ask(people, value=value)

    assert request(people).state == state


def test_use_that_was_low_over_the_last_days_is_not_high_for_a_draft_of_today(people: cast.Cast) -> None:
    use(people, 10)
    past = timezone.now() - timedelta(days=6)
    QuotaSample.objects.create(tenant=people.boutique, dimension="instances", at=past, amount=1)
    ask(people, value="15")

    assert request(people).state == "waiting"


def test_use_that_was_high_over_the_last_days_counts_also_when_it_just_fell(people: cast.Cast) -> None:
    use(people, 2)
    past = timezone.now() - timedelta(days=6)
    QuotaSample.objects.create(tenant=people.boutique, dimension="instances", at=past, amount=9)
    ask(people, value="15")

    assert request(people).state == "granted"


def test_a_preview_says_what_would_be_decided_and_shows_the_bar_of_then(people: cast.Cast) -> None:
    use(people, 9)
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


def test_a_raise_for_a_while_counts_until_its_day_is_over(people: cast.Cast) -> None:
    ask(people, until=in_days(10))
    decide(people)
    row = QuotaLimit.objects.get(tenant=people.boutique, dimension="instances")
    assert row.raised_until is not None

    assert limit(people) == 40
    assert row.at(row.raised_until - timedelta(seconds=1)) == 40
    assert row.at(row.raised_until) == 10


def test_a_raise_for_a_while_is_warned_of_and_ended_in_the_audit_log(people: cast.Cast) -> None:
    ask(people, until=in_days(10))
    decide(people)
    assert list(OutboxRow.objects.filter(kind__startswith="quota.").values_list("kind", flat=True)) == [
        "quota.warn",
        "quota.end",
    ]
    payload = {"request": request(people).pk}
    for handler in (ending.Warner(), ending.Warner(), ending.Ender(), ending.Ender()):
        with transaction.atomic():
            handler.finish(payload, handler.run(payload))

    log = AuditEntry.objects.filter(operation__in=(ending.WARN, ending.END)).order_by("sequence")
    assert [(one.operation, one.actor_name) for one in log] == [("quota.warn", "engine"), ("quota.end", "engine")]
    assert request(people).ended_at is not None
    assert limit(people) == 10


def test_what_is_in_use_above_the_limit_at_the_end_stays_and_only_growth_is_refused(people: cast.Cast) -> None:
    ask(people, until=in_days(10))
    decide(people)
    use(people, 30)
    payload = {"request": request(people).pk}
    with transaction.atomic():
        ending.Ender().finish(payload, {})

    with pytest.raises(QuotaExceeded), transaction.atomic():
        ledger.reserve(people.boutique.pk, APP, source="draft", usage={"instances": 31})
    with transaction.atomic():
        ledger.reserve(people.boutique.pk, APP, source="draft", usage={"instances": 20})
    assert ledger.totals(people.boutique.pk)["instances"] == 20


def test_a_raise_that_was_prolonged_is_not_ended_by_its_first_day(people: cast.Cast) -> None:
    ask(people, until=in_days(10))
    decide(people)
    ask(people, until=in_days(20))
    decide(people, 2)
    with transaction.atomic():
        ending.Ender().finish({"request": request(people).pk}, {})

    assert limit(people) == 40


def test_a_raise_for_a_while_does_not_become_one_for_good_by_asking_for_a_little_less(people: cast.Cast) -> None:
    ask(people, until=in_days(10))
    decide(people)
    ask(people, value="39")

    assert request(people, 2).state == "waiting"


def test_a_day_that_is_over_is_refused(people: cast.Cast) -> None:
    with pytest.raises(Refused, match="This day is over"):
        ask(people, until=in_days(-1))


def test_setting_a_limit_ends_a_raise_for_a_while(people: cast.Cast) -> None:
    ask(people, until=in_days(10))
    decide(people)
    set_by_olga(people, "instances", "12")

    assert limit(people) == 12


def set_by_olga(people: cast.Cast, dimension: str, value: str) -> None:
    data = {"dimension": dimension, "value": value}
    perform("quota.set", actor=cast.actor(people.olga), ref=BOUTIQUE, data=data)
