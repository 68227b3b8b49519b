"""Raises for a while: beside each other, warned of, and ending by themselves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction

from portal.audit.models import AuditEntry
from portal.audit.wording import words
from portal.errors import QuotaExceeded, Refused
from portal.operations.performing import perform
from portal.outbox.models import OutboxRow
from tenants.models import QuotaLimit, QuotaRequest
from tenants.pages import quota_figures
from tenants.quota import ending, ledger
from tests import cast
from tests.operations.quota_stage import APP, BOUTIQUE, ask, asking, decide, in_days, limit, request, set_by_olga, use


@pytest.fixture
def people(db: None) -> cast.Cast:
    return asking()


def test_a_raise_for_a_while_counts_until_its_day_is_over(people: cast.Cast) -> None:
    ask(people, until=in_days(10))
    decide(people)
    row = QuotaLimit.objects.get(tenant=people.boutique, dimension="instances")
    over = ending.end_of(date.fromisoformat(in_days(10)))

    assert limit(people) == 40
    assert row.at(over - timedelta(seconds=1)) == 40
    assert row.at(over) == 10


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


def test_the_warning_in_the_log_has_the_date_as_the_page_has_it(people: cast.Cast) -> None:
    ask(people, until=in_days(2))
    decide(people)
    with transaction.atomic():
        ending.Warner().finish({"request": request(people).pk}, {})

    last_day = f"until the end of {ending.day(in_days(2))} (UTC)"
    assert last_day in words(AuditEntry.objects.get(operation=ending.WARN))
    assert [last_day in sentence for sentence in quota_figures.raises(people.boutique)] == [True]


def test_a_raise_that_was_prolonged_is_not_ended_by_its_first_day(people: cast.Cast) -> None:
    ask(people, until=in_days(10))
    decide(people)
    ask(people, until=in_days(20))
    decide(people, 2)
    with transaction.atomic():
        ending.Ender().finish({"request": request(people).pk}, {})

    assert limit(people) == 40


def test_under_a_higher_raise_that_ends_sooner_a_longer_one_goes_on(people: cast.Cast) -> None:
    ask(people, value="20", until=in_days(10))
    decide(people)
    ask(people, value="40", until=in_days(5))
    decide(people, 2)
    row = QuotaLimit.objects.get(tenant=people.boutique, dimension="instances")
    over = [ending.end_of(date.fromisoformat(in_days(days))) for days in (5, 10)]

    assert [limit(people), *map(row.at, over)] == [40, 20, 10]


def test_the_end_of_one_raise_leaves_the_other_and_says_what_the_limit_is_then(people: cast.Cast) -> None:
    ask(people, value="20", until=in_days(10))
    decide(people)
    ask(people, value="40", until=in_days(5))
    decide(people, 2)
    with transaction.atomic():
        ending.Ender().finish({"request": request(people, 2).pk}, {})

    assert AuditEntry.objects.get(operation=ending.END).input["limit"] == "20"
    assert limit(people) == 20


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


def test_a_raise_whose_last_day_is_over_is_not_granted_but_can_be_refused(people: cast.Cast) -> None:
    ask(people, until=in_days(10))
    QuotaRequest.objects.update(until=in_days(-1))
    with pytest.raises(Refused, match="which is over"):
        decide(people)
    decide(people, decision="refuse")

    assert request(people).state == "refused"


@pytest.mark.parametrize("value", ["8", "10"])
def test_a_raise_for_a_while_that_raises_nothing_is_not_granted(people: cast.Cast, value: str) -> None:
    ask(people, until=in_days(10))
    with pytest.raises(Refused, match="is as high for as long already"):
        decide(people, value=value)

    assert request(people).state == "waiting"


def test_a_raise_for_a_while_below_a_longer_one_is_not_granted(people: cast.Cast) -> None:
    ask(people, until=in_days(10))
    decide(people)
    ask(people, value="50", until=in_days(5))
    with pytest.raises(Refused, match="is as high for as long already"):
        decide(people, 2, value="20")


def test_a_raise_that_another_decision_ended_is_shown_as_ended(people: cast.Cast) -> None:
    ask(people, until=in_days(10))
    decide(people)
    set_by_olga(people, "instances", "12")

    assert request(people).ended_at is not None
    assert quota_figures.asked(request(people))["state"]["word"] == "Ended"


def test_a_grant_for_good_ends_the_raises_below_it_alone(people: cast.Cast) -> None:
    ask(people, value="20", until=in_days(10))
    decide(people)
    ask(people, value="40", until=in_days(5))
    decide(people, 2)
    ask(people, value="30")
    decide(people, 3)

    assert [request(people, number).ended_at is None for number in (1, 2, 3)] == [False, True, True]


def test_less_granted_by_the_rule_ends_a_raise(people: cast.Cast) -> None:
    ask(people, until=in_days(10))
    decide(people)
    ask(people, value="8")

    assert [request(people, number).ended_at is None for number in (1, 2)] == [False, True]


def early(people: cast.Cast) -> list[str]:
    """What the tenant's log says of raises that ended before their day."""
    rows = AuditEntry.objects.filter(operation=ending.CUT, chain=str(people.boutique.pk)).order_by("sequence")
    return [words(one) for one in rows]


def said_early(days: int, *, raised: int, limit: int, used: int) -> str:
    return (
        f"ended the raise of Instances to {raised} before the end of {ending.day(in_days(days))} (UTC), because "
        f"another limit was decided: it is {limit} now, {used} are in use"
    )


def test_less_granted_by_the_rule_says_to_the_tenant_that_it_ends_a_raise(people: cast.Cast) -> None:
    ask(people, until=in_days(10))
    decide(people)
    use(people, 4)
    data = {"dimension": "instances", "value": "8", "reason": "Less"}
    seen = perform("quota.request", actor=cast.actor(people.alice), ref=BOUTIQUE, data=data, dry_run=True).preview
    done = ask(people, value="8")

    sentence = f"This ends the raise to 40 that was granted until {ending.day(in_days(10))}."
    assert seen is not None and list(seen.warnings) == [sentence]
    assert done.result["warnings"] == [sentence]
    assert early(people) == [said_early(10, raised=40, limit=8, used=4)]


def test_a_limit_that_is_set_says_so_too(people: cast.Cast) -> None:
    ask(people, until=in_days(10))
    decide(people)
    set_by_olga(people, "instances", "12")

    assert early(people) == [said_early(10, raised=40, limit=12, used=0)]


@pytest.mark.parametrize("value", ["20", "30"])
def test_a_grant_for_good_that_is_as_high_as_a_raise_is_not_said_to_end_it(people: cast.Cast, value: str) -> None:
    ask(people, value="20", until=in_days(10))
    decide(people)
    ask(people, value="40", until=in_days(5))
    decide(people, 2)
    ask(people, value=value)
    done = decide(people, 3)

    assert "warnings" not in done.result and early(people) == []
    assert request(people).ended_at is not None and limit(people) == 40


def test_a_grant_for_good_says_which_raises_above_it_end(people: cast.Cast) -> None:
    ask(people, value="40", until=in_days(10))
    decide(people)
    set_by_olga(people, "instances", "40")
    assert early(people) == []
    ask(people, value="60", until=in_days(10))
    decide(people, 2)
    set_by_olga(people, "instances", "50")

    assert early(people) == [said_early(10, raised=60, limit=50, used=0)]


def test_a_raise_that_is_prolonged_or_goes_on_beside_another_is_not_said_to_end(people: cast.Cast) -> None:
    ask(people, value="20", until=in_days(10))
    decide(people)
    ask(people, value="40", until=in_days(5))
    decide(people, 2)
    ask(people, value="40", until=in_days(20))
    decide(people, 3)

    assert early(people) == []


@pytest.mark.parametrize("until", ["9999-12-31", "9999-12-30", in_days(3 * 366 + 1)])
def test_a_day_that_is_too_far_away_is_refused(people: cast.Cast, until: str) -> None:
    with pytest.raises(Refused, match="A raise for a while ends by") as refusal:
        ask(people, until=until)
    assert refusal.value.field == "until"


def test_a_raise_that_falls_to_another_is_not_said_to_fall_back(people: cast.Cast) -> None:
    ask(people, value="15", until=in_days(2))
    decide(people)
    ask(people, value="30", until=in_days(1))
    decide(people, 2)

    [sentence] = quota_figures.raises(people.boutique)
    assert sentence == f"The limit of Instances is 30 until the end of {ending.day(in_days(1))} (UTC), then 15."
