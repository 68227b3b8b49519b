"""The form of every operation: who gets it, what is in it, and that looking changes nothing."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal import access
from portal.access.permissions import PLATFORM, TENANT_VIEW
from portal.audit.models import AuditEntry
from portal.errors import Invalid
from portal.operations import inputs, registry
from portal.operations.kinds import READ, RECORD, SPEC
from portal.operations.operation import Operation
from portal.operations.subject import adapter_of
from tests import cast
from tests.operations.scenes import OF_PLATFORM, named, ref_of, scene_of, who
from tests.operations.stage import Shop

FORMS = [one for one in registry.all_operations() if one.kind is not READ and one.subject != "release"]
OF_TENANTS = [one for one in FORMS if one.subject not in OF_PLATFORM and one.permission != TENANT_VIEW]
STARTS = {
    "tenant": "/t/boutique/",
    "app": "/t/boutique/apps/shop/",
    "cluster": "/platform/clusters/east/",
    "platform": "/platform/",
}
ON_RELEASES = [one for one in registry.all_operations() if one.kind is not READ and one.subject == "release"]
BUTTON = re.compile(r"<button[^>]*type=\"submit\"[^>]*>", re.DOTALL)


@pytest.fixture(name="shop")
def _shop(db: None, request: pytest.FixtureRequest) -> Shop:
    return scene_of(request)


def address(operation: type[Operation]) -> str:
    return f"{STARTS[operation.subject]}do/{operation.name}/"


@pytest.mark.parametrize("operation", FORMS, ids=named)
def test_it_is_drawn_for_somebody_with_the_right(shop: Shop, operation: type[Operation]) -> None:
    actor = who(shop, operation)
    page = cast.signed_in(getattr(shop.people, actor.username)).get(address(operation))

    assert page.status_code == 200 and str(operation.title) in page.text
    subject = access.get(actor, ref_of(operation), operation.permission)
    hidden = operation().hidden(adapter_of(operation.subject).value(subject, operation.kind))
    for name, field in operation.Input().fields.items():
        assert (f'name="{name}' in page.text) == (name not in hidden)
        assert not (field.required and name in hidden)
    assert page.text.count('name="note"') == 1
    assert 'name="csrfmiddlewaretoken"' in page.text and 'name="version"' in page.text
    assert ("Save and deploy" in page.text) == (operation.kind is SPEC and not operation.rewinds)
    assert ('name="confirm"' in page.text) == bool(operation.danger)


@pytest.mark.parametrize("operation", FORMS, ids=named)
def test_it_asks_to_be_filled_in_only_while_it_lacks_something(shop: Shop, operation: type[Operation]) -> None:
    actor, adapter, doing = who(shop, operation), adapter_of(operation.subject), operation()
    value = adapter.value(access.get(actor, ref_of(operation), operation.permission), operation.kind)
    fields = operation.Input().fields
    filled = {name: one for name, one in doing.initial(value, {}).items() if name in fields and one not in ("", None)}
    try:
        inputs.validate(doing, filled, read=lambda: value)
        lacks = False
    except Invalid:
        lacks = True
    page = cast.signed_in(getattr(shop.people, actor.username)).get(address(operation))

    assert ("Fill in the form to see here what would change." in page.text) == lacks


def test_a_form_that_holds_what_is_so_already_says_so(shop: Shop) -> None:
    page = cast.signed_in(shop.people.bob).get("/t/boutique/apps/shop/do/app.describe/")
    assert "Nothing: it is already so." in page.text


def test_a_form_says_at_once_why_what_it_is_filled_with_is_refused(shop: Shop) -> None:
    page = cast.signed_in(shop.people.bob).get("/t/boutique/apps/shop/do/process.scale/?process=web&replicas=499")
    assert "short" in page.text[page.text.index('id="preview"') :]


@pytest.mark.parametrize("operation", OF_TENANTS, ids=named)
def test_a_viewer_gets_a_sentence_and_a_stranger_nothing(shop: Shop, operation: type[Operation]) -> None:
    for method in ("get", "post"):
        vera = getattr(cast.signed_in(shop.people.vera), method)(address(operation))
        giver = "olga" if operation.permission in PLATFORM else "alice"
        assert vera.status_code == 403 and operation.permission in vera.text and giver in vera.text
        charlie = getattr(cast.signed_in(shop.people.charlie), method)(address(operation))
        assert charlie.status_code == 404 and "not yours to see" in charlie.text
        nobody = getattr(cast.browser(), method)(address(operation))
        assert nobody.status_code == 302 and nobody["Location"].startswith("/sign-in/?next=/t/boutique/")

    entry = AuditEntry.objects.get(actor_name="vera", outcome="refused")
    assert entry.operation == operation.name and entry.how == "session"


@pytest.mark.parametrize("operation", FORMS, ids=named)
def test_looking_at_it_changes_nothing(shop: Shop, operation: type[Operation]) -> None:
    person = cast.signed_in(getattr(shop.people, who(shop, operation).username))
    before = AuditEntry.objects.count()
    with CaptureQueriesContext(connection) as queries:
        person.get(address(operation))
        person.get(f"{address(operation)}?process=web&name=A&then=deploy&confirm=shop&replicas=9")
        person.head(address(operation))

    written = [one["sql"] for one in queries if one["sql"].startswith(("INSERT", "UPDATE", "DELETE", "SELECT FOR"))]
    assert written == [] and AuditEntry.objects.count() == before
    assert not any("FOR UPDATE" in one["sql"] for one in queries)


@pytest.mark.parametrize("operation", FORMS, ids=named)
def test_a_form_from_elsewhere_is_refused(shop: Shop, operation: type[Operation]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(shop.people.alice, backend="django.contrib.auth.backends.ModelBackend")
    before = AuditEntry.objects.count()

    for path in (address(operation), f"{address(operation)}preview/"):
        answer = client.post(path, {"process": "web", "replicas": "3", "confirm": "shop"})
        assert answer.status_code == 403 and "came from another page" in answer.text
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("operation", [one for one in FORMS if one.subject == "app"], ids=named)
def test_what_is_blocked_says_why_and_has_no_button(shop: Shop, operation: type[Operation]) -> None:
    if operation.name != "app.unlock":
        shop.do("app.lock", reason="frozen for the audit")
    page = cast.signed_in(shop.people.alice).get(address(operation))

    # What is no part of a release goes on; but what is locked cannot be locked once more.
    blocked = operation.name == "app.lock" or (operation.kind is not RECORD and not operation.allowed_while_locked)
    assert page.status_code == 200
    buttons = [one for one in BUTTON.findall(page.text) if "primary" in one]
    assert len(buttons) == 1 and (" disabled" in buttons[0]) == blocked
    if blocked:
        assert "frozen for the audit" in page.text or "locked already" in page.text


@pytest.mark.parametrize("operation", ON_RELEASES, ids=named)
def test_the_forms_on_a_release_are_drawn_too(shop: Shop, operation: type[Operation]) -> None:
    path = f"/t/boutique/apps/shop/releases/1/do/{operation.name}/"

    assert cast.signed_in(getattr(shop.people, who(shop, operation).username)).get(path).status_code == 200
    assert cast.signed_in(shop.people.vera).get(path).status_code == 403
    assert cast.signed_in(shop.people.charlie).get(path).status_code == 404
    assert cast.signed_in(shop.people.bob).get(path.replace("/1/", "/8/")).status_code == 404


def test_a_form_is_only_at_the_address_of_its_own_kind(shop: Shop) -> None:
    bob = cast.signed_in(shop.people.bob)
    wrong = ["/t/boutique/do/process.scale/", "/t/boutique/apps/shop/do/app.create/", "/t/boutique/do/nothing.here/",
             "/t/boutique/apps/shop/do/config.freeze_check/", "/t/boutique/apps/shop/do/release.abort/"]  # fmt: skip

    assert {bob.get(path).status_code for path in wrong} == {404}
    assert {bob.post(path).status_code for path in wrong} == {404}


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_not_allowed(shop: Shop, method: str) -> None:
    call = getattr(cast.signed_in(shop.people.bob), method)

    assert call("/t/boutique/apps/shop/do/process.scale/").status_code == 405
    assert cast.signed_in(shop.people.bob).get("/t/boutique/apps/shop/do/process.scale/preview/").status_code == 405


def test_a_form_with_a_refused_value_says_when_its_preview_comes_back(shop: Shop) -> None:
    sent = {"process": "web", "replicas": "many", "version": "1"}
    page = cast.signed_in(shop.people.bob).post("/t/boutique/apps/shop/do/process.scale/", sent)
    assert page.status_code == 422
    assert "What would change is shown here again when the marked field is right." in page.text
    assert "Fill in the form" not in page.text


@pytest.mark.parametrize("operation", FORMS, ids=named)
def test_the_way_above_it_is_one_that_its_reader_may_go(shop: Shop, operation: type[Operation]) -> None:
    client = cast.signed_in(getattr(shop.people, who(shop, operation).username))

    trail = re.search(r'<nav class="crumbs".*?</nav>', client.get(address(operation)).text, re.DOTALL)
    assert trail
    for above in filter(None, re.findall(r'href="([^"]*)"', trail[0])):
        assert client.get(above).status_code == 200, above
