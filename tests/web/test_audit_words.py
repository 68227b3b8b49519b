"""The search of the log finds the words that its page shows, people by their names and apps by their titles."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import translation

from portal.access import Actor
from portal.audit.models import AuditEntry
from portal.audit.recording import Change, Subject, record
from portal.audit.wording import words
from portal.errors import Forbidden
from portal.operations.performing import perform
from releases.log import searching
from releases.log import words as word_search
from tests import cast
from tests.operations.quota_stage import BOUTIQUE
from tests.operations.stage import Shop, open_shop

API, PLATFORM_API = "/api/v1/tenants/boutique/audit/", "/api/v1/platform/audit/"


@pytest.fixture(name="shop")
def _shop(db: None) -> Shop:
    shop = open_shop()
    alice, olga = shop.alice, cast.actor(shop.people.olga)
    for value in ("40", "50"):
        perform("quota.request", actor=alice, ref=BOUTIQUE, data=asked(value))
        decision = "grant" if value == "40" else "refuse"
        done = {"number": "1" if value == "40" else "2", "decision": decision, "comment": "ok"}
        perform("quota.decide", actor=olga, ref=BOUTIQUE, data=done)
    perform("member.add", actor=alice, ref=BOUTIQUE, data={"user": "charlie", "role": "viewer"})
    with pytest.raises(Forbidden):
        perform("member.add", actor=shop.bob, ref=BOUTIQUE, data={"user": "charlie", "role": "viewer"})
    perform("tenant.suspend", actor=olga, ref=BOUTIQUE, data={"reason": "invoice", "confirm": "boutique"})
    return shop


def asked(value: str) -> dict[str, str]:
    return {"dimension": "instances", "value": f"{value}0", "reason": "sale"}


@pytest.fixture
def alice(shop: Shop) -> Client:
    return cast.signed_in(shop.people.alice)


def found(client: Client, path: str = API, **query: str) -> list[str]:
    """The sentences of what is found, the newest first."""
    answer = client.get(path, query)
    assert answer.status_code == 200
    return [one["sentence"] for one in answer.json()]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("granted", ["granted the quota request 1: Instances 400 (ok)"]),
        ("Granted quota OK", ["granted the quota request 1: Instances 400 (ok)"]),
        ("refused the quota request", ["refused the quota request 2: Instances 500 (ok)"]),
        ("suspended the tenant: invoice", ["suspended the tenant: invoice"]),
        ("suspended granted", []),
    ],
)
def test_words_of_a_sentence_find_its_entries(alice: Client, text: str, sentences: list[str]) -> None:
    assert found(alice, q=text) == sentences


def test_refused_finds_what_was_refused_by_that_word_and_by_what_it_was(alice: Client) -> None:
    refused = "was refused: Add a member"

    assert refused in found(alice, q="refused") and refused in found(alice, q="was refused")
    assert found(alice, q="was refused: add a member") == [refused]
    assert refused in found(alice, q="member") and refused not in found(alice, q="added")


@pytest.mark.parametrize(
    ("operation", "given", "sentence"),
    [
        ("quota.set", {"dimension": "jobs", "value": "12"}, "set the limit of Scheduled jobs to 12"),
        ("quota.set", {"dimension": "storage", "value": "80 GiB"}, "set the limit of Volume storage to 80 GiB"),
        ("quota.set", {"dimension": "releases", "value": "4"}, "set the limit of Releases at once to 4"),
        (
            "quota.request",
            {"dimension": "gpu", "value": "3", "reason": "sale"},
            "asked for the limit of GPUs to be 3: sale",
        ),
        (
            "tenant.isolate",
            {"level": "namespace"},
            "chose the isolation of the tenant: A namespace of its own, with a network policy",
        ),
    ],
)
def test_each_beginning_of_a_sentence_finds_it(
    shop: Shop, operation: str, given: dict[str, str], sentence: str
) -> None:
    tenant = shop.people.boutique
    subject = Subject("tenant", str(tenant.pk), tenant.name, tenant.pk, tenant.name)
    with transaction.atomic():
        entry = record(Change(operation=operation, input=given), actor=cast.actor(shop.people.olga), subject=subject)
    assert words(entry) == sentence

    said = sentence.split()
    for text in (" ".join(said[:number]) for number in range(1, len(said) + 1)):
        mine = searching.filtered(AuditEntry.objects.all(), searching.filters_in({"q": text}), tenant=None)
        assert entry in mine, text


OVER = {"over_quota": ["Instances: 5 of 4"]}
LEFT = {"broken_rules": ["Rule “allowed registries”: web uses a:1."]}
WAITS = {"state": "waiting"}


@pytest.mark.parametrize(
    ("operation", "given", "result", "said"),
    [
        (
            "release.rollback",
            {},
            {"release": 7, "back_to": 3, **OVER},
            "let through over the quota (Instances: 5 of 4)",
        ),
        ("release.redeploy", {}, {"release": 7, "again": 3, **OVER}, "let through over the quota"),
        ("app.start", {}, {"release": 7, **OVER}, "with release 7, let through over the quota"),
        ("app.start", {}, {"release": 7, **LEFT}, "let through although it breaks rules of the platform (Rule"),
        ("release.start", {}, {"release": 7, **WAITS}, "release 7, which waits for its turn"),
        ("release.forbid", {"release": 1, "allow": True}, {}, "allowed again release 1"),
    ],
)
def test_what_a_sentence_says_of_some_entries_finds_those(
    shop: Shop, operation: str, given: dict[str, Any], result: dict[str, Any], said: str
) -> None:
    tenant = shop.people.boutique
    subject = Subject("app", str(shop.app.pk), "shop", tenant.pk, tenant.name)
    plain = {"release": 7, "back_to": 3, "again": 3, "state": "running"}
    with transaction.atomic():
        entry, other = (
            record(Change(operation=operation, input=one, result=came), actor=shop.bob, subject=subject)
            for one, came in ((given, result), ({"release": 1, "reason": "old"}, plain))
        )
    assert said in words(entry) and said not in words(other)
    mine = searching.filtered(AuditEntry.objects.all(), searching.filters_in({"q": said}), tenant=None)
    assert entry in mine and other not in mine


def test_every_line_of_the_log_is_found_by_the_words_that_stand_there_whatever_its_values(shop: Shop) -> None:
    rows = AuditEntry.objects.filter(tenant_id=shop.people.boutique.pk)
    for entry in rows:
        said = [one for one in words(entry).split() if one.strip(".,:()").isalpha() and one[0].islower()]
        mine = searching.filtered(rows, {**searching.filters_in({}), "q": " ".join(said[:4])}, tenant=None)
        assert entry in mine, (words(entry), said[:4])


def test_the_words_are_those_of_the_readers_language(shop: Shop) -> None:
    with translation.override("de"):
        filters = searching.filters_in({"q": words(AuditEntry.objects.get(operation="tenant.suspend")).split()[0]})
        assert searching.filtered(AuditEntry.objects.all(), filters, tenant=None).count() == 1


def test_an_address_is_found_as_a_whole(shop: Shop, alice: Client) -> None:
    note(shop, "10.9.8.7")
    note(shop, "10.9.8.77")
    note(shop, "2001:db8::7")

    assert [one["address"] for one in alice.get(API, {"q": "10.9.8.7"}).json()] == ["10.9.8.7"]
    assert [one["address"] for one in alice.get(API, {"q": "sale 10.9.8.7"}).json()] == []
    assert [one["address"] for one in alice.get(API, {"q": "described 2001:DB8::7"}).json()] == ["2001:db8::7"]


def test_an_address_that_was_given_is_found_too(shop: Shop, alice: Client) -> None:
    note(shop, "10.9.8.7", title="behind 10.1.1.1")

    assert [one["address"] for one in alice.get(API, {"q": "10.1.1.1"}).json()] == ["10.9.8.7"]


def test_the_page_says_where_an_address_is_not_searched(shop: Shop, alice: Client, monkeypatch: Any) -> None:
    note(shop, "10.9.8.7")
    note(shop, "10.9.8.6")
    page, said = "/t/boutique/activity/", "An address is searched in the newest 1 entries"
    assert said not in alice.get(page, {"q": "10.9.8.7"}).text
    for module in (word_search, searching):
        monkeypatch.setattr(module, "NEWEST", 1)

    assert said in alice.get(page, {"q": "10.9.8.7"}).text
    assert "10.9.8.6" in alice.get(page, {"q": "10.9.8.6"}).text and said not in alice.get(page, {"q": "sale"}).text
    assert [one["address"] for one in alice.get(API, {"q": "10.9.8.7"}).json()] == []


@pytest.mark.parametrize(("text", "cut"), [("a b c d e f g h i", True), ("x" * 101, True), ("x" * 100, False)])
def test_more_words_than_are_searched_are_said_to_be_left_out(alice: Client, text: str, cut: bool) -> None:
    said = "Of the text the first 8 words are searched, and no more than 100 characters."
    assert (said in alice.get("/t/boutique/activity/", {"q": text}).text) is cut
    assert (said in alice.get(API, {"q": text}).headers.get("Warning", "")) is cut


@pytest.mark.parametrize("person", ["alice", "Alice", "ALICE ARNAUD", "Alice  Arnaud"])
def test_a_person_is_found_by_user_name_and_by_full_name(shop: Shop, alice: Client, person: str) -> None:
    user = shop.people.alice
    user.first_name, user.last_name = "Alice", "Arnaud"
    user.save()

    names = {one["actor_name"] for one in alice.get(API, {"person": person}).json()}
    assert names == {"alice"}


@pytest.mark.parametrize("app", ["shop", "Shop", "front END"])
def test_an_app_is_found_by_name_and_by_title(shop: Shop, alice: Client, app: str) -> None:
    shop.app.title = "Front end"
    shop.app.save()

    assert {one["subject_name"] for one in alice.get(API, {"app": app}).json()} == {"shop"}
    assert "created" in alice.get("/t/boutique/activity/", {"app": app}).text


def test_the_title_of_another_tenants_app_finds_nothing(shop: Shop, alice: Client) -> None:
    shop.app.title = "Front end"
    shop.app.save()
    rows = AuditEntry.objects.all()

    def number(tenant: Any) -> int:
        return searching.filtered(rows, searching.filters_in({"app": "front end"}), tenant=tenant).count()

    assert number(shop.people.harbor) == 0 and number(None) == number(shop.people.boutique) > 0


def test_the_export_has_what_the_page_finds(alice: Client) -> None:
    answer: Any = alice.get("/t/boutique/activity/export/", {"q": "granted", "as": "csv"})
    lines = b"".join(answer.streaming_content).decode().splitlines()

    assert "granted the quota request 1" in lines[1]
    assert [line.split(",")[9] for line in lines[1:]] == ["quota.decide", "audit.export"], "which has what was asked"


def test_the_form_says_what_is_searched(alice: Client) -> None:
    page = alice.get("/t/boutique/activity/").text

    assert "Text: words of what was done, given and changed" in page
    assert "Person: user name or full name." in page and "App: name or title." in page


def note(shop: Shop, address: str, *, title: str = "New") -> None:
    """An entry that came from this address."""
    tenant = shop.people.boutique
    subject = Subject("app", str(shop.app.pk), "shop", tenant.pk, tenant.name)
    actor = Actor(user_id=shop.alice.user_id, username="alice", how="session", address=address)
    with transaction.atomic():
        record(Change(operation="app.describe", input={"title": title}), actor=actor, subject=subject)


def test_the_badge_of_the_platforms_list_is_of_the_tenant_whose_entries_it_shows(shop: Shop) -> None:
    olga = cast.signed_in(shop.people.olga)
    own, boutique = "The platform&#x27;s own chain:", "The chain of Online Boutique:"

    every, one, gone = (olga.get(f"/platform/audit/{query}").text for query in ("", "?tenant=boutique", "?tenant=gone"))
    assert own in every and boutique not in every
    assert boutique in one and own not in one
    assert own not in gone and "The chain of" not in gone
