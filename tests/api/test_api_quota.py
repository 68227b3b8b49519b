"""Quota over the API: asked for by a tenant's admin, decided by a platform operator, used by a developer."""

from __future__ import annotations

from datetime import date, timedelta

from tenants.models import QuotaRequest
from tenants.quota import ledger
from tenants.quota.limits import set_limits
from tests.api.caller import ROOT, Caller
from tests.operations.stage import Shop

REQUEST, DECIDE = f"{ROOT}/operations/quota.request", f"{ROOT}/operations/quota.decide"
SOON = (date.today() + timedelta(days=30)).isoformat()
ASKED = {"dimension": "instances", "value": "12", "reason": "The sale"}


def test_what_did_not_fit_fits_as_soon_as_more_is_granted(shop: Shop, bob: Caller) -> None:
    set_limits(shop.people.boutique.pk, limits={"instances": 4})
    more = {"process": "web", "replicas": 6}
    alice, olga = Caller(shop.people.alice, shop.people.boutique), Caller(shop.people.olga, None)
    dry = bob.do("process.scale", more, query="?dry_run=1").json()
    assert next(row for row in dry["quota"] if row["dimension"] == "instances")["fits"] is False
    assert "Instances: 2 short" in dry["warnings"][0] and "alice can ask for it" in dry["warnings"][0]
    assert bob.do("process.scale", more).json()["code"] == "quota_exceeded"

    assert alice.post(REQUEST, ASKED).status_code == 200
    assert olga.post(DECIDE, {"number": "1", "value": "8", "comment": "Eight will do"}).status_code == 200

    assert bob.do("process.scale", more).status_code == 200


def test_a_dry_run_of_a_request_says_that_it_would_wait_and_writes_nothing(shop: Shop) -> None:
    alice = Caller(shop.people.alice, shop.people.boutique)
    answer = alice.post(f"{REQUEST}?dry_run=1", ASKED | {"value": "1000"}).json()

    assert answer["spec"][0]["after"] == "waits for a platform operator"
    assert answer["quota"][0]["dimension"] == "instances"
    assert not QuotaRequest.objects.exists()


def test_the_answer_to_a_request_says_its_number_and_its_state(shop: Shop) -> None:
    alice, olga = Caller(shop.people.alice, shop.people.boutique), Caller(shop.people.olga, None)

    assert alice.post(REQUEST, ASKED | {"value": "1000"}).json()["result"] == {"request": 1, "state": "waiting"}
    assert olga.post(DECIDE, {"number": "1"}).json()["result"] == {"request": 1, "state": "granted"}


def test_the_quota_of_a_tenant_is_shown_with_its_raises(shop: Shop, bob: Caller) -> None:
    set_limits(shop.people.boutique.pk, limits={"instances": 4})
    alice, olga = Caller(shop.people.alice, shop.people.boutique), Caller(shop.people.olga, None)
    alice.post(REQUEST, ASKED | {"until": SOON})
    olga.post(DECIDE, {"number": "1"})

    shown = bob.get(f"{ROOT}/quota/").json()
    assert shown == olga.get("/api/v1/platform/tenants/boutique/quota/").json()
    (row,) = (one for one in shown if one["dimension"] == "instances")
    assert (row["used"], row["limit"], row["for_good"]) == (2, 12, 4)
    assert row["raises"] == [{"amount": 12, "until": SOON}]


def test_requests_are_shown_to_their_tenant_and_to_whoever_decides(shop: Shop, bob: Caller) -> None:
    Caller(shop.people.alice, shop.people.boutique).post(REQUEST, ASKED | {"value": "1000"})
    olga = Caller(shop.people.olga, None)

    for answer in (bob.get(f"{ROOT}/quota/requests/"), olga.get("/api/v1/platform/quota/requests/?state=waiting")):
        (row,) = answer.json()
        assert (row["tenant"], row["number"], row["asked"], row["state"]) == ("boutique", 1, 1000, "waiting")
    assert olga.get("/api/v1/platform/quota/requests/?state=granted").json() == []


def test_a_state_that_is_none_is_refused_with_those_there_are(shop: Shop, bob: Caller) -> None:
    answer = bob.get(f"{ROOT}/quota/requests/?state=open")

    assert answer.status_code == 400 and "waiting, granted" in answer.json()["message"]


def test_whose_token_has_no_right_to_ask_is_told_which_one_it_is(shop: Shop, bob: Caller) -> None:
    answer = bob.post(REQUEST, ASKED)

    assert answer.status_code == 403 and "tenant.quota" in answer.json()["message"]
    assert not QuotaRequest.objects.exists()


def test_a_limit_below_use_is_422_with_the_apps_that_use_it(shop: Shop) -> None:
    answer = Caller(shop.people.olga, None).post(
        f"{ROOT}/operations/quota.set", {"dimension": "instances", "value": "1"}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "limit_below_use")
    assert "shop 2" in answer.json()["message"]
    assert ledger.limits_of(shop.people.boutique.pk)["instances"] > 1


def test_a_day_that_is_none_is_400_at_its_field(shop: Shop) -> None:
    answer = Caller(shop.people.alice, shop.people.boutique).post(REQUEST, ASKED | {"until": "tomorrow"})

    assert answer.status_code == 400
    assert answer.json()["fields"] == {"until": ["This is no day. Write it as in 2026-12-31."]}
