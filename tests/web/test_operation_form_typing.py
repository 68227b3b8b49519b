"""What happens to what was typed: kept when it is refused, rows and boxes read as meant, nothing secret said back."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from apps_mgmt.models import App
from portal.audit.models import AuditEntry
from releases.models import Release
from tests import cast
from tests.operations.stage import Shop, open_shop
from tests.web.filled import values

APP = "/t/boutique/apps/shop/"
SCALE = f"{APP}do/process.scale/"
ENV = f"{APP}do/env.set/"


@pytest.fixture(name="shop")
def _shop(db: None) -> Shop:
    return open_shop()


@pytest.fixture
def bob(shop: Shop) -> Client:
    return cast.signed_in(shop.people.bob)


def spec_of(shop: Shop) -> dict[str, Any]:
    draft = shop.again().draft
    assert draft is not None
    found: dict[str, Any] = draft.spec
    return found


def test_saving_goes_back_to_the_app_and_says_what_was_done(shop: Shop, bob: Client) -> None:
    answer = bob.post(SCALE, {"process": "web", "replicas": "5", "version": "1", "note": "sale"}, follow=True)

    assert answer.redirect_chain == [(APP, 303)]
    assert "Scaled web to 5." in answer.text
    assert AuditEntry.objects.latest("id").note == "sale"


def test_saving_what_is_so_already_says_so(shop: Shop, bob: Client) -> None:
    answer = bob.post(SCALE, {"process": "web", "replicas": "2"}, follow=True)

    assert "Nothing changes" in answer.text and shop.again().version == 1


def test_invalid_input_is_kept_with_its_error_at_the_field(shop: Shop, bob: Client) -> None:
    page = bob.post(SCALE, {"process": "web", "replicas": "many", "note": 'because "so"', "version": "1"})

    assert page.status_code == 422
    assert values(page, "replicas") == ["many"] and values(page, "note") == ['because "so"']
    assert (
        "This is not a whole number. Write one in digits, like 3." in page.text and 'aria-invalid="true"' in page.text
    )
    assert shop.again().version == 1


def test_a_refusal_about_a_field_stands_at_the_field(shop: Shop, bob: Client) -> None:
    page = bob.post(
        "/t/boutique/do/app.create/", {"name": "shop", "image": "registry.example.com/a:1", "replicas": "1"}
    )

    assert page.status_code == 422
    assert 'id="field-name-error"' in page.text and "already" in page.text
    assert values(page, "name") == ["shop"]
    assert values(page, "image") == ["registry.example.com/a:1"]


def test_the_preview_says_the_quota_after_it_also_when_it_stays(shop: Shop, bob: Client) -> None:
    shop.runs()
    data = {"process": "web", "image": "registry.example.com/shop:2.0"}
    page = bob.post(f"{APP}do/image.set/preview/", data).text

    quota = re.sub(r"<[^>]+>|\s+", " ", page[page.index("Quota") :])
    assert re.search(r"Instances +2 of \d+ +→ +after this: +2 ", quota), quota
    assert re.search(r"While a release of it rolls: +Instances 4, +CPU [\d.]+ CPU, +Memory [\d.]+ [MG]iB", quota), quota


def test_the_quota_stays_in_view_while_the_input_is_wrong(shop: Shop, bob: Client) -> None:
    wrong = {"process": "web", "replicas": "many"}
    for page in (bob.post(SCALE, wrong), bob.post(f"{SCALE}preview/", wrong)):
        quota = page.text[page.text.index('id="preview"') :]
        assert "as it is now" in quota and re.search(r"2 of \d+", quota) and "after this" not in quota


def test_the_way_to_a_form_is_the_one_to_the_pages_around_it(shop: Shop, bob: Client) -> None:
    shop.do("release.start")

    def crumbs(path: str) -> list[str]:
        trail = re.search(r'<nav class="crumbs".*?</nav>', bob.get(path).text, re.DOTALL)
        assert trail
        return re.findall(r">([^<>]*[^<>\s][^<>]*)</(?:a|span)>", trail.group(0))

    assert crumbs(f"{APP}do/release.start/") == ["Apps", "shop", "Deploy"]
    assert crumbs(f"{APP}releases/1/do/release.abort/")[:4] == ["Apps", "shop", "Releases", "1"]
    assert crumbs("/t/boutique/do/app.create/") == ["Apps", "Create an app"]


def test_the_navigation_marks_apps_while_one_is_created(shop: Shop, bob: Client) -> None:
    page = bob.get("/t/boutique/do/app.create/").text

    assert re.search(r'<a href="/t/boutique/apps/" aria-current="page">', page)


def test_a_quota_that_is_exceeded_is_said_and_the_number_kept(shop: Shop, bob: Client) -> None:
    page = bob.post(SCALE, {"process": "web", "replicas": "499"})

    assert page.status_code == 422 and "short" in page.text and values(page, "replicas") == ["499"]


def test_a_stale_form_shows_both_versions_and_keeps_what_was_typed(shop: Shop, bob: Client) -> None:
    shop.do("process.scale", process="web", replicas=7)
    page = bob.post(SCALE, {"process": "web", "replicas": "5", "version": "1"})

    assert page.status_code == 409
    table = page.text[page.text.index("As you typed it") :]
    assert "<code>7</code>" in table and "<code>5</code>" in table
    assert values(page, "replicas") == ["5"] and values(page, "version") == ["2"]

    again = bob.post(SCALE, {"process": "web", "replicas": "5", "version": "2"})
    assert again.status_code == 303 and spec_of(shop)["processes"][0]["replicas"] == 5


def test_a_box_that_is_not_ticked_is_no(shop: Shop, bob: Client) -> None:
    assert bob.post(f"{APP}do/release.start/", {"targets__list": "1"}).status_code == 303
    refused = bob.post(f"{APP}do/release.start/", {"targets__list": "1"})
    assert refused.status_code == 409 and "still under way" in refused.text

    assert bob.post(f"{APP}do/release.start/", {"targets__list": "1", "wait": "on"}).status_code == 303
    assert Release.objects.get(number=2).state == "waiting"


def test_something_dangerous_wants_its_name_typed(shop: Shop) -> None:
    alice, path = cast.signed_in(shop.people.alice), f"{APP}do/app.delete/"
    for typed in ({}, {"confirm": ""}, {"confirm": "Shop"}, {"confirm": "other"}):
        page = alice.post(path, typed)
        assert page.status_code == 422 and "Type shop to confirm." in page.text
        assert values(page, "confirm") == [typed.get("confirm", "")]
    assert values(alice.get(f"{path}?confirm=shop"), "confirm") == [""], "a link must not confirm"
    assert alice.post(f"{path}?confirm=shop").status_code == 422
    assert App.objects.get(pk=shop.app.pk).deleted_at is None

    assert alice.post(path, {"confirm": "shop"}).status_code == 303
    assert App.objects.get(pk=shop.app.pk).deleted_at is not None


def test_save_and_deploy_does_both(shop: Shop, bob: Client) -> None:
    answer = bob.post(SCALE, {"process": "web", "replicas": "3", "then": "deploy"})

    assert (answer.status_code, answer["Location"]) == (303, f"{APP}releases/1/")
    assert Release.objects.get(number=1).revision.number == 2


def said(answer: Any) -> list[str]:
    return [str(one) for one in answer.context["messages"]]


def test_save_and_deploy_of_what_is_so_already_deploys_it_in_one_sentence(shop: Shop, bob: Client) -> None:
    answer = bob.post(SCALE, {"process": "web", "replicas": "2", "then": "deploy"}, follow=True)

    assert answer.redirect_chain == [(f"{APP}releases/1/", 303)]
    told = "The draft is like that already, so it is deployed as it is. Started release 1. Look below how it goes."
    assert said(answer) == [told]
    assert "Nothing changes" not in answer.text and shop.again().version == 1


def test_save_and_deploy_of_what_is_so_already_says_why_it_is_not_deployed(shop: Shop, bob: Client) -> None:
    shop.do("release.start")
    answer = bob.post(SCALE, {"process": "web", "replicas": "2", "then": "deploy"}, follow=True)

    assert answer.redirect_chain == [(f"{APP}do/release.start/", 303)]
    (sentence,) = said(answer)
    assert sentence.startswith("Nothing had to be saved: the draft is like that already. It was not deployed: ")
    assert "still under way" in sentence and Release.objects.count() == 1


def test_when_a_release_runs_the_draft_stays_and_the_form_asks_what_to_do_about_it(shop: Shop, bob: Client) -> None:
    shop.do("release.start")
    answer = bob.post(SCALE, {"process": "web", "replicas": "3", "then": "deploy"}, follow=True)

    assert answer.redirect_chain == [(f"{APP}do/release.start/", 303)]
    assert "Saved to the draft, but not deployed:" in answer.text and "still under way" in answer.text
    assert values(answer, "wait") and values(answer, "supersede") and "(supersede)" not in answer.text
    assert shop.again().version == 2 and Release.objects.count() == 1


def test_who_may_edit_but_not_deploy_saves_only(shop: Shop) -> None:
    oscar = cast.signed_in(cast.member("oscar", tenant=shop.people.boutique, role="operator"))
    assert "Save and deploy" not in oscar.get(SCALE).text

    answer = oscar.post(SCALE, {"process": "web", "replicas": "3", "then": "deploy"}, follow=True)
    assert answer.redirect_chain == [(APP, 303)]
    assert "not deployed" in answer.text and "app.deploy" in answer.text and Release.objects.count() == 0


def test_a_new_app_can_be_deployed_at_once(shop: Shop, bob: Client) -> None:
    data = {"name": "other", "image": "registry.example.com/o:1", "replicas": "1", "size": "small", "then": "deploy"}
    answer = bob.post("/t/boutique/do/app.create/", data)

    assert (answer.status_code, answer["Location"]) == (303, "/t/boutique/apps/other/releases/1/")


def test_the_preview_is_a_fragment_that_writes_nothing(shop: Shop, bob: Client) -> None:
    page = bob.post(f"{SCALE}preview/", {"process": "web", "replicas": "5"})

    assert page.status_code == 200 and "<html" not in page.text and 'id="preview"' in page.text
    assert "north" in page.text and shop.again().version == 1 and AuditEntry.objects.count() == 1
    wrong = bob.post(f"{SCALE}preview/", {"process": "web", "replicas": "many"})
    assert wrong.status_code == 200 and "This is not a whole number. Write one in digits, like 3." in wrong.text


def test_the_preview_of_who_may_not_do_it_is_a_fragment_with_the_reason(shop: Shop) -> None:
    answer = cast.signed_in(shop.people.vera).post(f"{SCALE}preview/", {})
    assert answer.status_code == 403 and "<html" not in answer.text
    assert 'id="preview"' in answer.text and "You need the right app.scale" in answer.text


def test_the_first_look_shows_what_the_form_would_do(shop: Shop, bob: Client) -> None:
    assert "it is already so" in bob.get(SCALE).text
    assert "replicas: 6" in bob.get(f"{SCALE}?process=web&replicas=12").text


def test_the_address_fills_the_form(shop: Shop, bob: Client) -> None:
    page = bob.get(f"{SCALE}?process=web&replicas=9&then=deploy&nonsense=1")

    assert values(page, "replicas") == ["9"] and "nonsense" not in page.text


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "\u202e"])
def test_what_was_typed_is_shown_as_text(shop: Shop, bob: Client, words: str) -> None:
    for page in (bob.post(SCALE, {"process": words, "replicas": words, "note": words}),
                 bob.get(SCALE, {"process": words, "replicas": words})):  # fmt: skip
        assert words not in page.text.replace(html.escape(words), "") or words == "{{7*7}}" or words == "\u202e"
        assert "<script>alert" not in page.text and "<img src=x" not in page.text and "49" not in values(page, "note")


def test_a_huge_or_broken_form_is_answered(shop: Shop, bob: Client) -> None:
    for large in ({"note": "x" * (2 * 1024 * 1024)}, {f"f{number}": "1" for number in range(3000)}):
        page = bob.post(SCALE, large)
        assert page.status_code == 413 and "The form is too large" in page.text
    assert bob.post(SCALE, b"%", content_type="multipart/form-data; boundary=x").status_code in (400, 422)
    assert bob.post(SCALE, {"process": "web", "replicas": "3", "version": "9" * 40}).status_code == 422
    assert bob.post(SCALE, {"process": "web\0", "replicas": "3"}).status_code == 422


def test_a_button_shows_the_preview_where_no_script_does(shop: Shop, bob: Client) -> None:
    assert re.search(r'<noscript>\s*<button[^>]*name="_preview"', bob.get(SCALE).text)
    page = bob.post(SCALE, {"process": "web", "replicas": "7", "note": "a sale", "_preview": "1"})

    assert page.status_code == 200 and values(page, "replicas") == ["7"] and values(page, "note") == ["a sale"]
    assert "In the clusters" in page.text and shop.again().version == shop.app.version


@pytest.mark.parametrize(
    ("form", "field", "typed", "said"),
    [
        ("process.scale", "replicas", "abc", "This is not a whole number. Write one in digits, like 3."),
        ("process.scale", "replicas", "", "This is not a whole number. Write one in digits, like 3."),
        ("process.scale", "replicas", "501", "This is more than 500. Give that or less."),
        ("port.add", "port", "99999", "This is more than 65535. Give that or less."),
    ],
)
def test_that_button_says_what_is_wrong_as_saving_does(
    shop: Shop, bob: Client, form: str, field: str, typed: str, said: str
) -> None:
    def error(page: Any) -> str:
        found = re.search(rf'id="field-{field}-error".*?<span>(.*?)</span>', page.text, re.DOTALL)
        return html.unescape(found[1]) if found else ""

    path, sent = f"{APP}do/{form}/", {"process": "web", field: typed}
    before = AuditEntry.objects.count()
    page = bob.post(path, {**sent, "_preview": "1"})

    assert AuditEntry.objects.count() == before
    assert error(page) == error(bob.post(path, sent)) == said
    assert page.status_code == 422 and values(page, field) == [typed]
    assert "shown here again when the marked field is right" in page.text and "Fill in the form" not in page.text
    assert error(bob.get(f"{path}?process=web&{field}={typed}")) == ""


def test_a_reason_that_is_too_long_is_refused_and_kept(shop: Shop, bob: Client) -> None:
    page = bob.post(SCALE, {"process": "web", "replicas": "7", "note": "x" * 2001})

    assert page.status_code == 422 and "longer than 2000 characters" in page.text and "x" * 2001 in page.text
    assert shop.again().version == shop.app.version
