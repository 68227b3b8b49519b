"""Who changed a thing: found where it stands, by what changed and when, and proved with what the page hands out."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from portal.audit import recording, verify_log
from portal.audit.models import AuditEntry
from portal.audit.recording import Change, Subject, record
from portal.audit.wording import words
from tests import cast
from tests.operations.stage import Shop, open_shop

LOG = "/t/boutique/activity/"


@pytest.fixture(name="shop")
def _shop(db: None) -> Shop:
    return open_shop()


@pytest.fixture
def alice(shop: Shop) -> Client:
    return cast.signed_in(shop.people.alice)


def text_of(response: Any) -> str:
    return b"".join(response.streaming_content).decode()


def test_what_took_a_variable_back_is_found_by_its_name(shop: Shop, alice: Client) -> None:
    shop.do("env.set", process="web", env=[{"name": "CACHE_TTL", "value": "60"}])
    shop.do("draft.undo")

    page = alice.get(f"{LOG}?q=CACHE_TTL").text
    assert "set CACHE_TTL" in page and "took back the last change" in page


def test_the_log_of_an_app_has_the_apps_head_and_exports_what_it_shows(shop: Shop, alice: Client) -> None:
    shop.create("other", image="registry.example.com/other:1")
    page = alice.get("/t/boutique/apps/shop/activity/").text
    assert "<h1" in page and "/t/boutique/apps/shop/configure/" in page and 'id="app"' not in page
    assert ">other</a>" not in page

    lines = text_of(alice.get("/t/boutique/activity/export/?app=shop")).splitlines()
    assert f"{LOG}export/?app=shop&amp;as=jsonl" in page
    assert {json.loads(one)["subject_name"] for one in lines} == {"shop"}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("since=foo", "since has to be a day or a moment"),
        ("until=foo", "until has to be a day or a moment"),
        ("last=foo", "last has to be a number of days"),
        ("before=foo", "before has to be what the page before named"),
        ("after=foo", "after has to be what the page before named"),
    ],
)
def test_what_is_no_time_or_place_is_said_and_carried_into_no_link(
    shop: Shop, alice: Client, query: str, words: str
) -> None:
    page = alice.get(f"{LOG}?{query}&q=shop").text
    assert words in page and "It was left out" in page
    assert "created the app shop" in page and f"?{query}" not in page and f";{query}" not in page
    assert f"{LOG}export/?q=shop&amp;as=csv" in page


def test_the_file_has_why_an_app_was_deployed(shop: Shop, alice: Client) -> None:
    shop.do("release.start", note="Banner for the sale")
    rows = list(csv.DictReader(io.StringIO(text_of(alice.get(f"{LOG}export/?as=csv&operation=release.start")))))

    assert [row["note"] for row in rows] == ["Banner for the sale"]
    assert "Banner for the sale" in alice.get(LOG).text


def test_what_turns_words_around_is_spelled_out_and_kept_as_it_was_given(shop: Shop, alice: Client) -> None:
    odd = "\u202eesrever"
    # As entries of old have it: it is refused by now.
    given = Change(operation="quota.request", input={"dimension": "instances", "value": "150", "reason": odd}, note=odd)
    tenant = shop.people.boutique
    with transaction.atomic():
        record(given, actor=shop.alice, subject=Subject("tenant", str(tenant.pk), tenant.name, tenant.pk, tenant.name))
    page, listed = alice.get(LOG).text, alice.get("/api/v1/tenants/boutique/audit/").json()
    file = text_of(alice.get(f"{LOG}export/?as=csv"))

    assert r"\u202eesrever" in page and r"\u202eesrever" in file and r"\u202eesrever" in listed[0]["sentence"]
    assert odd not in page and odd not in file and odd not in listed[0]["sentence"]
    assert listed[0]["input"]["reason"] == odd


def test_each_variable_leads_to_who_changed_it(shop: Shop, alice: Client) -> None:
    shop.do("env.set", process="web", env=[{"name": "CACHE_TTL", "value": "60"}])
    page = alice.get("/t/boutique/apps/shop/configure/").text

    for asked in ("q=CACHE_TTL", "q=web+image", "q=web+replicas"):
        assert f'href="/t/boutique/apps/shop/activity/?{asked}"' in page
    assert "set CACHE_TTL" in alice.get("/t/boutique/apps/shop/activity/?q=CACHE_TTL").text


def test_who_may_export_is_told_how_to_verify_and_given_what_it_takes(
    shop: Shop, alice: Client, tmp_path: Path
) -> None:
    page = alice.get(LOG).text
    assert "manage.py audit verify --chain boutique" in page and 'href="/audit/verify_log.py"' in page
    assert "verify_log.py" not in cast.signed_in(shop.people.bob).get(LOG).text

    (tmp_path / "verify_log.py").write_bytes(alice.get("/audit/verify_log.py").content)
    (tmp_path / "log.jsonl").write_text(text_of(alice.get(f"{LOG}export/?as=jsonl")), encoding="utf-8")
    command = [sys.executable, "-I", str(tmp_path / "verify_log.py"), str(tmp_path / "log.jsonl")]
    said = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, text=True, check=True).stdout
    assert "2 entries, whole" in said and "(boutique)" in said


def test_who_changed_a_variable_last_week_is_found(shop: Shop, alice: Client, monkeypatch: Any, tmp_path: Path) -> None:
    now, kept = timezone.now(), recording._clock_and_kept
    for days, value, actor in ((20, "10", shop.bob), (6, "20", shop.alice), (0, "30", shop.bob)):
        at = now - timedelta(days=days)
        monkeypatch.setattr(recording, "_clock_and_kept", lambda values, at=at: (at, kept(values)[1]))
        shop.do("env.set", actor=actor, env=[{"name": "CACHE_TTL", "value": value}])
        shop.do("env.set", actor=shop.bob, env=[{"name": "LOG_LEVEL", "value": f"level-{days}"}])

    def found(query: str) -> list[tuple[str, str]]:
        rows = csv.DictReader(io.StringIO(text_of(alice.get(f"{LOG}export/?as=csv&q=cache_ttl&{query}"))))
        page = alice.get(f"{LOG}?q=cache_ttl&{query}").text
        shown = [(row["actor_name"], row["diff"]) for row in rows if row["operation"] == "env.set"]
        assert page.count("set CACHE_TTL") == len(shown) and "set LOG_LEVEL" not in page
        return shown

    label = "variable CACHE_TTL: "
    first, last_week, today = f"{label}nothing → 10", f"{label}10 → 20", f"{label}20 → 30"
    assert found("operation=env.set") == [("bob", first), ("alice", last_week), ("bob", today)]
    assert found("operation=env.set&last=7") == [("alice", last_week), ("bob", today)]
    assert found("operation=env.set&last=1") == [("bob", today)]
    since, until = ((now - timedelta(days=days)).date() for days in (7, 5))
    assert found(f"since={since}&until={until}") == [("alice", last_week)]
    assert found("person=alice&app=shop") == [("alice", last_week)]

    (tmp_path / "log.jsonl").write_text(text_of(alice.get(f"{LOG}export/")), encoding="utf-8")
    assert verify_log.main([str(tmp_path / "log.jsonl")]) == 0


def test_the_first_word_of_every_line_is_found(shop: Shop, alice: Client) -> None:
    text = 'alpha one\nbravo two\r\ncharlie\tdelta\u0001echo\\nfoxtrot C:\\golf "hotel" \u00e9cole'
    shop.do("env.set", process="web", env=[{"name": "MOTD", "value": text}])
    for word in ("alpha", "bravo", "charlie", "delta", "echo", "golf", "hotel", "\u00e9cole", "motd"):
        answer = alice.get("/api/v1/tenants/boutique/audit/", {"q": word}).json()
        assert [one["operation"] for one in answer] == ["env.set"], word
    assert alice.get("/api/v1/tenants/boutique/audit/", {"q": "nbravo"}).json() == []


def test_what_stands_far_behind_is_found_and_the_page_says_what_is_not(shop: Shop, alice: Client) -> None:
    said = "Of very long entries the first 200,000 characters are searched"
    rows = [{"name": f"SETTING_{number}", "value": f"value{number} " * 20} for number in range(400)]
    shop.do("env.set", process="web", env=rows)
    page = alice.get(LOG, {"q": "setting_399 value399"}).text
    assert "SETTING_399" in page and said not in page

    rows = [{"name": f"OTHER_{number}", "value": f"word{number} " * 130} for number in range(300)]
    shop.do("env.set", process="web", env=rows)
    assert said in alice.get(LOG, {"q": "other_299"}).text and said not in alice.get(LOG).text
    answer = alice.get("/api/v1/tenants/boutique/audit/", {"q": "other_299"})
    assert [one["operation"] for one in answer.json()] == ["env.set"] and said in answer["Warning"]
    assert "Warning" not in alice.get("/api/v1/tenants/boutique/audit/", {"person": "bob"})


@pytest.mark.parametrize("text", ["secret API_KEY", "set the secret API_KEY, version 2", "api_key 2"])
def test_a_version_that_was_found_out_is_searched_as_the_line_says_it(shop: Shop, alice: Client, text: str) -> None:
    for value in ("correct horse", "battery staple"):
        shop.do("secret.set", name="API_KEY", value=value)
    sentences = [one["sentence"] for one in alice.get("/api/v1/tenants/boutique/audit/", {"q": text}).json()]

    assert sentences[0] == "set the secret API_KEY, version 2" and (len(sentences) == 1) is ("2" in text)
    assert alice.get("/api/v1/tenants/boutique/audit/", {"q": "staple"}).json() == []


def test_a_revision_that_was_gone_back_to_is_searched_but_not_the_whole_spec_of_it(shop: Shop, alice: Client) -> None:
    shop.do("env.set", env=[{"name": "CACHE_TTL", "value": "60"}])
    shop.do("process.scale", process="web", replicas=3)
    shop.do("draft.undo")
    took_back = AuditEntry.objects.get(operation="draft.undo")

    for text, is_found in ((words(took_back), True), ("draft.undo cache_ttl", False)):
        operations = [one["operation"] for one in alice.get("/api/v1/tenants/boutique/audit/", {"q": text}).json()]
        assert ("draft.undo" in operations) is is_found, text


def test_an_app_that_was_made_with_its_variables_is_found_by_their_names(shop: Shop, alice: Client) -> None:
    tenant, spec = shop.people.boutique, {"env": [{"name": "PORT_OF_ADS", "value": "9555"}]}
    made = Change(operation="app.create", input={"name": "ads"}, resolved={"name": "ads", "spec": spec})
    with transaction.atomic():
        record(made, actor=shop.alice, subject=Subject("app", "7", "ads", tenant.pk, tenant.name))

    found = alice.get("/api/v1/tenants/boutique/audit/", {"q": "port_of_ads"}).json()
    assert [(one["operation"], one["subject_name"]) for one in found] == [("app.create", "ads")]


@pytest.mark.parametrize(
    "title", ["สวัสดี", "हिन्दी", "İzmir", "ΑΣ", "Straße", "Ünïté", "中文", "a_b", "it's", "e\u0301te\u0301"]
)
def test_a_text_in_any_script_is_found_by_itself(shop: Shop, alice: Client, title: str) -> None:
    shop.do("app.describe", title=title)
    found = alice.get("/api/v1/tenants/boutique/audit/", {"q": title}).json()
    assert "app.describe" in [one["operation"] for one in found]
