"""The quota pages: bars with history, requests, decisions, and what is said before a raise ends."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format

from portal.audit.recording import Change, Subject, record
from tenants.models import QuotaLimit, QuotaRequest, QuotaSample
from tenants.quota.limits import set_limits
from tests import cast
from tests.operations.stage import open_shop

pytestmark = pytest.mark.django_db
QUOTA, DECIDE = "/t/boutique/quota/", "/platform/quota/"


@pytest.fixture
def people() -> cast.Cast:
    people = cast.everyone()
    set_limits(people.boutique.pk, limits={"instances": 10})
    return people


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.text)


def asked(people: cast.Cast, **more: str) -> None:
    data = {"dimension": "instances", "value": "40", "reason": "The sale of the year", **more}
    answer = cast.signed_in(people.alice).post("/t/boutique/do/quota.request/", data)
    assert (answer.status_code, answer.headers["Location"]) == (303, QUOTA)


def test_what_an_admin_asks_for_a_platform_operator_decides(people: cast.Cast) -> None:
    asked(people)
    olga, alice = cast.signed_in(people.olga), cast.signed_in(people.alice)
    seen = page(olga, DECIDE)
    assert "Online Boutique · Instances" in seen and "The sale of the year" in seen and "0 of 40" in seen

    answer = olga.post("/t/boutique/do/quota.decide/", {"number": "1", "decision": "grant", "value": "25"})
    assert (answer.status_code, answer.headers["Location"]) == (303, DECIDE)
    seen = page(alice, QUOTA)
    assert "0 of 25" in seen and "Granted" in seen.title() and "by olga" in seen


def test_who_decided_and_what_they_said_do_not_run_together(people: cast.Cast) -> None:
    asked(people)
    olga = cast.signed_in(people.olga)
    olga.post("/t/boutique/do/quota.decide/", {"number": "1", "decision": "grant", "comment": "go on"})

    assert "by olga: go on" in page(olga, DECIDE)


def test_the_navigation_counts_what_waits_for_a_platform_operator(people: cast.Cast) -> None:
    olga = cast.signed_in(people.olga)
    before = page(olga, "/platform/people/")
    asked(people)

    assert re.search(r"Quota requests.{0,80}\b1\b", page(olga, "/platform/people/"))
    assert not re.search(r"Quota requests.{0,80}\b1\b", before)


def test_home_leads_a_platform_operator_to_what_waits(people: cast.Cast) -> None:
    olga = cast.signed_in(people.olga)
    said = "1 quota request waits for a decision"
    assert said not in page(olga, "/")
    asked(people)

    assert said in page(olga, "/") and DECIDE in page(olga, "/")


def test_only_who_may_ask_is_offered_it(people: cast.Cast) -> None:
    assert "Ask for more" in page(cast.signed_in(people.alice), QUOTA)
    assert "Ask for more" not in page(cast.signed_in(people.bob), QUOTA)


def test_a_request_that_waits_can_be_withdrawn_from_the_page(people: cast.Cast) -> None:
    asked(people)
    alice = cast.signed_in(people.alice)
    assert "quota.withdraw/?number=1" in page(alice, QUOTA)
    alice.post("/t/boutique/do/quota.withdraw/", {"number": "1"})

    seen = page(alice, QUOTA)
    assert "quota.withdraw/?number=1" not in seen and "withdrawn" in seen.lower()


def test_history_is_drawn_with_a_sentence_for_who_does_not_see_it(people: cast.Cast) -> None:
    assert '<svg class="steps"' not in page(cast.signed_in(people.vera), QUOTA)
    past = timezone.now() - timedelta(days=3)
    QuotaSample.objects.create(tenant=people.boutique, dimension="instances", at=past, amount=7)

    assert 'aria-label="Instances over the last 30 days: at most 7, now 0"' in page(cast.signed_in(people.vera), QUOTA)


@pytest.mark.parametrize("path", [QUOTA, "/t/boutique/", "/"])
def test_a_raise_that_ends_soon_is_said_on_the_pages_of_its_tenant(people: cast.Cast, path: str) -> None:
    def raised(*, days: int) -> list[dict[str, object]]:
        return [{"amount": 20, "until": (timezone.now() + timedelta(days=days)).date().isoformat()}]

    QuotaLimit.objects.filter(tenant=people.boutique, dimension="instances").update(raises=raised(days=2))
    words = "The limit of Instances is 20 until the end of"
    assert words in page(cast.signed_in(people.vera), path)

    QuotaLimit.objects.filter(dimension="instances").update(raises=raised(days=20))
    assert words not in page(cast.signed_in(people.vera), path)


def test_the_form_of_a_decision_has_no_blank_one(people: cast.Cast) -> None:
    asked(people)
    form = page(cast.signed_in(people.olga), "/t/boutique/do/quota.decide/?number=1")

    assert not re.search(r'name="decision"[^>]*>\s*<option value=""', form)
    assert not re.search(r"Decision\s*<span[^>]*>\(optional\)", form)


def test_a_decision_made_from_an_old_form_names_what_was_chosen(people: cast.Cast) -> None:
    asked(people)
    olga = cast.signed_in(people.olga)
    answer = olga.post("/t/boutique/do/quota.decide/", {"number": "1", "decision": "refuse", "version": "0"})
    rows = re.findall(r'<th scope="row">(.*?)</th>\s*<td><code>(.*?)</code></td>\s*<td><code>(.*?)</code>', answer.text)

    nothing = "\N{EN DASH}"
    assert answer.status_code == 409
    assert rows == [("Request", nothing, "1: Instances 40"), ("Decision", nothing, "Refuse")]


def test_the_form_of_a_request_shows_what_would_be_decided(people: cast.Cast) -> None:
    alice = cast.signed_in(people.alice)
    form = page(alice, "/t/boutique/do/quota.request/?dimension=instances")
    assert 'type="date"' in form and re.search(r'<option value="instances" selected', form)
    seen = alice.post(
        "/t/boutique/do/quota.request/preview/", {"dimension": "instances", "value": "40", "reason": "More"}
    ).text

    assert "waits for a platform operator" in seen


def bar_of(text: str) -> str:
    """The bar of a preview, without its marks."""
    found = re.search(r'<div class="quota .*?</div>\s*</div>|<div class="quota .*?</p>', text, re.S)
    assert found
    words = re.sub(r"<[^>]+>", " ", found[0]).replace("after this:", "")
    return re.sub(r"\s+", " ", words).strip()


@pytest.mark.parametrize(
    ("value", "until", "bar"),
    [
        ("40", "", "Instances 0 of 10 Asked for: 40. Nothing changes before a platform operator decides"),
        ("8", "", "Instances 0 of 10 → 0 of 8"),
    ],
)
def test_head_and_bar_of_a_request_say_what_happens(people: cast.Cast, value: str, until: str, bar: str) -> None:
    alice = cast.signed_in(people.alice)
    form = page(alice, "/t/boutique/do/quota.request/?dimension=instances")
    assert "at once, without a release" not in form and "waits for a platform operator" in form

    data = {"dimension": "instances", "value": value, "reason": "More", "until": until}
    assert bar_of(alice.post("/t/boutique/do/quota.request/preview/", data).text).startswith(bar)


def test_a_raise_for_a_while_is_said_with_its_day_before_it_is_decided(people: cast.Cast) -> None:
    day = (timezone.now() + timedelta(days=30)).date()
    asked(people, until=day.isoformat())
    words = date_format(day, "DATE_FORMAT")
    alice, olga = cast.signed_in(people.alice), cast.signed_in(people.olga)

    refused = olga.post("/t/boutique/do/quota.decide/preview/", {"number": "1", "decision": "refuse"}).text
    assert bar_of(refused) == "Instances 0 of 10 The limit stays 10."
    granted = olga.post("/t/boutique/do/quota.decide/preview/", {"number": "1", "decision": "grant"}).text
    assert bar_of(granted) == f"Instances 0 of 10 → 0 of 40 Until {words}, then 10"
    alice.post("/t/boutique/do/quota.withdraw/", {"number": "1"})
    data = {"dimension": "instances", "value": "40", "reason": "More", "until": day.isoformat()}
    said = alice.post("/t/boutique/do/quota.request/preview/", data).text
    assert f"Asked for: 40 until {words}. Nothing changes before" in bar_of(said)


def test_keeping_part_of_a_raise_is_shown_as_what_it_is(people: cast.Cast) -> None:
    day = (timezone.now() + timedelta(days=20)).date()
    raises = [{"amount": 30, "until": day.isoformat()}]
    QuotaLimit.objects.filter(tenant=people.boutique, dimension="instances").update(raises=raises)
    asked(people, value="15")
    olga, words = cast.signed_in(people.olga), date_format(day, "DATE_FORMAT")

    for seen in (page(cast.signed_in(people.alice), QUOTA), page(olga, DECIDE)):
        assert f"10 → 15 for good (30 until {words})" in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", seen))
    previewed = bar_of(olga.post("/t/boutique/do/quota.decide/preview/", {"number": "1", "decision": "grant"}).text)
    assert previewed == f"Instances 0 of 30 Until {words}, then 15"
    assert f"Until {words}, then 15" in page(olga, DECIDE)


@pytest.mark.parametrize("path", [QUOTA, "/t/boutique/", "/platform/tenants/boutique/"])
def test_the_bar_of_a_raised_limit_says_when_it_falls(people: cast.Cast, path: str) -> None:
    first, last = ((timezone.now() + timedelta(days=days)).date() for days in (20, 40))
    raises = [{"amount": 15, "until": last.isoformat()}, {"amount": 20, "until": first.isoformat()}]
    QuotaLimit.objects.filter(tenant=people.boutique, dimension="instances").update(raises=raises)

    words = [date_format(day, "DATE_FORMAT") for day in (first, last)]
    client = cast.signed_in(people.olga if path.startswith("/platform") else people.vera)
    assert f"Until {words[0]}, then 15 until {words[1]}, then 10" in page(client, path)


def test_a_wrong_value_is_said_at_its_field(people: cast.Cast) -> None:
    data = {"dimension": "instances", "value": "many", "reason": "More"}
    answer = cast.signed_in(people.alice).post("/t/boutique/do/quota.request/", data)

    assert answer.status_code == 422
    assert "Instances are a whole number, for example 20." in answer.text


def test_more_requests_ask_no_more_questions(people: cast.Cast) -> None:
    olga, alice = cast.signed_in(people.olga), cast.signed_in(people.alice)
    more_requests(people, 1, 2)
    few = [questions(olga, DECIDE), questions(alice, QUOTA)]
    more_requests(people, 3, 30)

    many = [questions(olga, DECIDE), questions(alice, QUOTA)]
    assert many <= few
    assert few[0] <= 10 and few[1] <= 16


def test_an_app_shows_what_counts_of_draft_deployed_and_in_flight() -> None:
    shop = open_shop()
    people = shop.people
    set_limits(people.boutique.pk, limits={"instances": 10})
    past = timezone.now() - timedelta(days=3)
    QuotaSample.objects.create(tenant=people.boutique, app_id=shop.app.pk, dimension="instances", at=past, amount=7)
    shop.do("release.start")
    seen = page(cast.signed_in(people.vera), "/t/boutique/apps/shop/usage/")

    assert "2 of 10" in seen and "the draft" in seen and "a release in flight" in seen
    assert 'aria-label="Instances over the last 30 days: at most 7, now 2"' in seen
    assert "GPUs" not in seen


def more_requests(people: cast.Cast, first: int, last: int) -> None:
    values = {"dimension": "cpu", "before": 1000, "asked": 2000, "reason": "x", "asked_by": "alice"}
    for tenant in (people.boutique, people.harbor):
        QuotaRequest.objects.bulk_create(
            QuotaRequest(tenant=tenant, number=number, **values) for number in range(first, last + 1)
        )


def questions(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_words_that_turn_text_are_spelled_out_on_both_pages_and_in_the_entry(people: cast.Cast) -> None:
    # As rows of old have them: they are refused by now.
    asked(people)
    QuotaRequest.objects.update(reason="\u202eelas \u2066x")
    olga, alice, boutique = cast.signed_in(people.olga), cast.signed_in(people.alice), people.boutique
    with transaction.atomic():
        change = Change(operation="quota.request", input={"reason": "\u202eelas \u2066x"})
        subject = Subject("tenant", str(boutique.pk), boutique.name, boutique.pk, boutique.name)
        kept = record(change, actor=cast.actor(people.alice), subject=subject)
    entry = alice.get(f"/t/boutique/activity/{kept.sequence}/").text
    assert "What was given" in entry

    for text in (page(alice, QUOTA), page(olga, DECIDE), entry):
        assert r"\u202eelas \u2066x" in text
        assert not {"\u202e", "\u2066"} & set(text)


def test_an_operator_reads_on_the_tenants_page_which_limit_is_a_raise_and_that_setting_one_ends_it(
    people: cast.Cast,
) -> None:
    until = (timezone.now() + timedelta(days=60)).date()
    asked(people, until=until.isoformat())
    olga, tenant = cast.signed_in(people.olga), "/platform/tenants/boutique/"
    assert "ends the raise" not in page(olga, tenant)
    olga.post("/t/boutique/do/quota.decide/", {"number": "1", "decision": "grant"})

    shown = f"{until.strftime('%b')}"
    said = re.search(r"Instances: 40 until ([^<]*), then 10\. Setting this limit ends the raise\.", page(olga, tenant))
    assert said and shown in said[1]
    data = {"dimension": "instances", "value": "30"}
    path = "/api/v1/tenants/boutique/operations/quota.set?dry_run=1"
    preview = olga.post(path, data, content_type="application/json").json()
    assert preview["warnings"] == [f"This ends the raise to 40 that was granted until {said[1]}."]
