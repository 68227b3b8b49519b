"""Errors are pages with a sentence and a way on, JSON under /api/, and say nothing of our insides."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from portal.errors import ClusterAway, Conflict, Invalid, PlatformError, Refused
from releases.pages import app_pages
from tests import cast
from tests.operations.stage import Shop, open_shop

APP = "/t/boutique/apps/shop/"


@pytest.fixture(name="shop")
def _shop(db: None) -> Shop:
    return open_shop()


def test_an_unknown_address_is_a_page_for_people_and_json_for_programs(shop: Shop) -> None:
    bob = cast.signed_in(shop.people.bob)
    page = bob.get("/nothing/here/")
    assert page.status_code == 404 and "Check the address" in page.text and 'href="/"' in page.text

    answer = bob.get("/api/v1/nothing")
    assert answer.status_code == 404 and answer.json()["code"] == "not_found" and answer.json()["message"]


def test_not_yours_and_not_there_are_the_same_page(shop: Shop) -> None:
    charlie = cast.signed_in(shop.people.charlie)
    for there, nowhere in ((APP, "/t/boutique/apps/nothing/"), ("/t/boutique/apps/", "/t/nobody/apps/")):
        pages = [charlie.get(path) for path in (there, nowhere)]
        assert [page.status_code for page in pages] == [404, 404]
        said = [re.findall(r"<(?:title|h1|p)\b.*?</(?:title|h1|p)>", page.text, re.DOTALL) for page in pages]
        words = [" ".join(one).replace(page["X-Request-Id"], "") for one, page in zip(said, pages, strict=True)]
        assert words[0] == words[1] and "not yours to see" in words[0]


def test_somebody_signed_in_keeps_the_navigation(shop: Shop) -> None:
    bob, vera = cast.signed_in(shop.people.bob), cast.signed_in(shop.people.vera)
    for page in (bob.get("/nothing/"), bob.get("/t/boutique/apps/nothing/"), vera.get(f"{APP}do/process.scale/")):
        assert page.status_code in (403, 404) and 'href="/t/boutique/apps/"' in page.text and "Ctrl K" in page.text
    for page in (Client().get("/nothing/"), cast.signed_in(shop.people.charlie).get(APP)):
        assert page.status_code == 404 and "boutique/" not in page.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Refused("It cannot be so. Do it another way."), 422),
        (Conflict("Somebody was faster. Look again."), 409),
        (Invalid("That is no number. Write one."), 400),
        (PlatformError("The store is away. Try again soon."), 503),
        (ClusterAway("North does not answer. Try again soon."), 503),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_of_ours_is_a_page_with_its_sentence(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    monkeypatch.setattr(app_pages, "spec_of", raising(error))
    page = cast.signed_in(shop.people.bob).get(APP)

    assert page.status_code == status and str(error) in page.text and page["X-Request-Id"] in page.text


def test_a_fault_says_that_it_is_ours_and_nothing_of_what_it_was(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_pages, "spec_of", raising(RuntimeError("password=hunter2 in /srv/secret.py")))
    bob = Client(raise_request_exception=False)
    bob.force_login(shop.people.bob, backend="django.contrib.auth.backends.ModelBackend")
    page = bob.get(APP)

    assert page.status_code == 500 and "on our side" in page.text and page["X-Request-Id"] in page.text
    assert "hunter2" not in page.text and "Traceback" not in page.text


def test_a_fault_of_the_api_is_json(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from releases.api import views

    monkeypatch.setattr(views, "undeployed", raising(RuntimeError("password=hunter2")))
    client = Client(raise_request_exception=False)
    answer = client.get(f"/api/v1{APP.replace('/t/', '/tenants/')}",
                        headers=cast.token_header(shop.people.bob, tenant=shop.people.boutique))  # fmt: skip

    assert answer.status_code == 500 and answer.json()["code"] == "error" and "hunter2" not in answer.text


def test_a_host_that_is_not_ours_is_refused(db: None) -> None:
    answer = Client(raise_request_exception=False).get("/sign-in/", headers={"host": "evil.example.com"})

    assert answer.status_code == 400 and "evil.example.com" not in answer.text


@pytest.mark.parametrize("given", ["x", "a b c d e f g h", "<script>1</script>", "a" * 100, "1\r\nX-Evil: 1"])
def test_an_odd_request_id_is_not_taken_over(db: None, given: str) -> None:
    answer = Client().get("/healthz", headers={"x-request-id": given})

    assert answer["X-Request-Id"] != given and len(answer["X-Request-Id"]) == 32 and not answer.has_header("X-Evil")


def test_a_plain_request_id_is_taken_over_and_audited(shop: Shop) -> None:
    from portal.audit.models import AuditEntry

    bob = cast.signed_in(shop.people.bob)
    answer = bob.post(f"{APP}do/process.scale/", {"process": "web", "replicas": "3"},
                      headers={"x-request-id": "abcd-1234-efgh"})  # fmt: skip

    assert answer["X-Request-Id"] == "abcd-1234-efgh"
    assert AuditEntry.objects.latest("id").request_id == "abcd-1234-efgh"


def test_pages_of_a_person_are_kept_by_no_cache(shop: Shop) -> None:
    bob = cast.signed_in(shop.people.bob)
    for path in ("/", APP, f"{APP}do/process.scale/", "/t/boutique/apps/nothing/", "/nothing/", "/api/v1/docs/"):
        assert "no-store" in bob.get(path)["Cache-Control"], path


def raising(error: Exception) -> Callable[..., Any]:
    def fails(*_given: Any, **_named: Any) -> Any:
        raise error

    return fails
