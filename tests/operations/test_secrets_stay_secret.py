"""A secret that was set can be found nowhere: not in tables, answers, pages, errors, messages or logs."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import connection

from portal.access import Ref
from portal.audit.models import AuditEntry
from portal.errors import UserError
from portal.operations.performing import perform
from tests import cast
from tests.operations.stage import Shop

CANARY = "canary-7f3e-Tr0ub4dor&3"
FORM = "/t/boutique/apps/shop/do/secret.set/"
API = "/api/v1/tenants/boutique/apps/shop/operations/secret.set"


def everything_written() -> str:
    """All rows of all tables as text."""
    parts = []
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names():
            cursor.execute(f'SELECT json_agg(t)::text FROM "{name}" t')
            parts.append(cursor.fetchone()[0] or "")
    return "\n".join(parts)


def test_what_is_written_down_does_not_hold_the_value(shop: Shop) -> None:
    outcome = shop.do("secret.set", name="API_KEY", value=CANARY)

    assert CANARY not in everything_written()
    assert CANARY not in json.dumps(outcome.as_json()) and CANARY not in outcome.message
    entry = AuditEntry.objects.latest("id")
    assert entry.input["value"]["changed"] is True and "value" not in entry.resolved


def test_equal_values_have_equal_digests_and_others_do_not(shop: Shop) -> None:
    digests = []
    for value in (CANARY, CANARY, "another"):
        shop.do("secret.set", name="API_KEY", value=value)
        digests.append(AuditEntry.objects.latest("id").input["value"]["digest"])

    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    "data",
    [
        {"name": "API_KEY", "value": CANARY, "process": "nobody"},
        {"name": "1 bad name", "value": CANARY},
        {"name": "API_KEY", "value": CANARY, "colour": "red"},
        {"name": "API_KEY", "value": {"inner": CANARY}},
        {"name": "API_KEY", "value": [CANARY]},
        {"name": "API_KEY", "value": CANARY + "\0"},
        {"name": "API_KEY", "value": CANARY * 4000},
        {"name": {"x": 1}, "value": CANARY},
    ],
    ids=lambda data: str(sorted(data))[:40],
)
@pytest.mark.parametrize("dry_run", [True, False])
def test_a_refusal_does_not_say_it_back(shop: Shop, data: dict[str, Any], dry_run: bool) -> None:
    with pytest.raises(UserError) as caught:
        perform("secret.set", actor=shop.bob, ref=shop.ref, data=data, dry_run=dry_run)

    assert CANARY not in str(caught.value) and CANARY not in str(getattr(caught.value, "fields", ""))
    assert CANARY not in everything_written()


def test_refused_at_the_lock_it_is_only_a_digest(shop: Shop) -> None:
    shop.do("app.lock", reason="audit")
    with pytest.raises(UserError):
        shop.do("secret.set", name="API_KEY", value=CANARY)

    assert CANARY not in everything_written()
    assert AuditEntry.objects.latest("id").input["value"]["changed"] is True


@pytest.mark.parametrize("query", ["", "?dry_run=1"])
@pytest.mark.parametrize("person", ["bob", "vera"])
def test_the_api_never_answers_with_it(shop: Shop, person: str, query: str) -> None:
    header = cast.token_header(getattr(shop.people, person), tenant=shop.people.boutique)
    for data in ({"name": "API_KEY", "value": CANARY}, {"name": "API_KEY", "value": CANARY, "x": 1}, {"value": CANARY}):
        answer = cast.browser().post(API + query, data, content_type="application/json", headers=header)
        assert CANARY not in answer.text
    for path in ("", "/releases/"):
        assert CANARY not in cast.browser().get(f"/api/v1/tenants/boutique/apps/shop{path}", headers=header).text


def test_no_page_shows_it_again(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bob = cast.signed_in(shop.people.bob)
    wrong = {"name": "1 bad name", "value": CANARY, "process": ""}
    answers = [bob.post(FORM, wrong), bob.post(FORM, wrong | {"version": "99", "name": "API_KEY"})]
    answers += [bob.post(f"{FORM}preview/", {"name": "API_KEY", "value": CANARY, "process": ""})]
    saved = bob.post(FORM, {"name": "API_KEY", "value": CANARY, "process": ""}, follow=True)
    assert [one.status_code for one in answers] == [422, 409, 200] and saved.redirect_chain[0][1] == 303
    pages = ("", "configure/", "activity/", "releases/", "do/secret.set/?name=API_KEY", "do/draft.undo/")
    answers += [saved, *(bob.get(f"/t/boutique/apps/shop/{page}") for page in pages)]

    assert all(one.status_code in (200, 409, 422) for one in answers)
    assert all(CANARY not in one.content.decode() for one in answers)
    assert CANARY not in caplog.text and CANARY not in everything_written()


def test_the_value_is_kept_for_the_worker_alone(shop: Shop) -> None:
    from apps_mgmt import secrets

    shop.do("secret.set", name="API_KEY", value=CANARY)

    assert secrets.reveal(shop.app.pk, [("API_KEY", "1")]) == {("API_KEY", "1"): CANARY}


def test_a_frozen_release_holds_its_name_and_version_only(shop: Shop) -> None:
    shop.do("secret.set", name="API_KEY", value=CANARY)
    perform("release.start", actor=shop.bob, ref=Ref("app", "boutique", "shop"), data={"note": "with a secret"})

    assert CANARY not in everything_written()
    page = cast.signed_in(shop.people.bob).get("/t/boutique/apps/shop/releases/1/manifests.yaml")
    assert page.status_code == 200 and CANARY not in page.text


def test_a_variable_that_is_a_secret_is_refused_without_its_value_being_written_down(shop: Shop) -> None:
    shop.do("secret.set", name="API_KEY", value="old")
    with pytest.raises(UserError, match="is a secret"):
        shop.do("env.set", env=[{"name": "API_KEY", "value": CANARY}, {"name": "LEVEL", "value": "debug"}])

    entry = AuditEntry.objects.latest("id")
    assert CANARY not in everything_written() and entry.input["env"][1]["value"] == "debug"
