"""Whoever waits too long for somebody else's change is told so with 503, nothing is done, and it works afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client

from apps_mgmt.models import SecretVersion
from portal.access import Ref
from portal.access.ref import PLATFORM
from portal.audit.models import AuditEntry
from portal.errors import Contended
from portal.operations.colliding import told
from portal.operations.performing import perform
from tests import cast
from tests.operations.stage import Shop, open_shop

pytestmark = pytest.mark.django_db(transaction=True)

SAID = "Somebody else is changing something in this tenant. Nothing was changed. Try again in a moment."
APP = "/t/boutique/apps/shop/"
API = "/api/v1/tenants/boutique/apps/shop/operations/"


@pytest.fixture(name="shop")
def _shop(transactional_db: None) -> Shop:
    return open_shop()


@contextmanager
def somebody_changes(shop: Shop) -> Iterator[None]:
    """Another connection is in the middle of a change of the app; ours waits for it no longer than 200 ms."""
    given = connection.get_connection_params()
    wanted = {key: given[key] for key in ("host", "port", "user", "password", "dbname") if key in given}
    with psycopg.connect(**wanted) as other, connection.cursor() as ours:
        other.execute("SELECT 1 FROM apps_mgmt_app WHERE id = %s FOR UPDATE", [shop.app.pk])
        ours.execute("SET lock_timeout = '200ms'")
        try:
            yield
        finally:
            ours.execute("SET lock_timeout = '10s'")


def written() -> tuple[int, int, int]:
    entries = AuditEntry.objects.exclude(operation="token.use")  # of the caller, not of what was called
    return entries.count(), SecretVersion.objects.count(), cast_version()


def cast_version() -> int:
    return Shop(cast.present()).app.version


def test_the_form_keeps_what_was_typed(shop: Shop) -> None:
    bob, before = cast.signed_in(shop.people.bob), written()
    typed = {
        "env__list": "1",
        "env[0]name": "MOTD",
        "env[0]value": "typed with care",
        "version": "1",
        "note": "as asked",
    }
    with somebody_changes(shop):
        page = bob.post(f"{APP}do/env.set/", typed)

    assert page.status_code == 503 and page["Retry-After"] == "5"
    assert SAID in page.text and "typed with care" in page.text and "asked" in page.text
    assert written() == before
    assert bob.post(f"{APP}do/env.set/", typed).status_code == 303


def test_the_api_answers_with_a_code_and_when_to_come_again(shop: Shop) -> None:
    header, before = cast.token_header(shop.people.bob, tenant=shop.people.boutique), written()
    body = {"name": "API_KEY", "value": "hunter2"}
    with somebody_changes(shop):
        answer = Client().post(f"{API}secret.set", body, content_type="application/json", headers=header)

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json() == {"code": "busy", "message": SAID}
    assert written() == before


def test_the_command_line_says_one_sentence(shop: Shop) -> None:
    before = written()
    with somebody_changes(shop), pytest.raises(CommandError) as caught:
        call_command("operate", "process.scale", "process=web", "replicas:=3", "--tenant=boutique", "--app=shop")

    assert str(caught.value) == SAID and caught.value.returncode == 1
    assert written() == before


def test_what_was_saved_but_not_deployed_is_said_to_be_saved(shop: Shop) -> None:
    """The draft takes no lock of ours any more when the release asks for it: here only the second half gives way."""
    bob = cast.signed_in(shop.people.bob)
    with connection.cursor() as cursor:
        cursor.execute(FAILS_AT_RELEASES)
    try:
        data = {"process": "web", "replicas": "3", "version": "1", "then": "deploy"}
        page = bob.post(f"{APP}do/process.scale/", data, follow=True)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER gives_way ON releases_release; DROP FUNCTION gives_way()")

    words = "Saved to the draft, but not deployed: somebody else is changing something in this tenant. Deploy it again."
    assert words in page.text and cast_version() == 2


FAILS_AT_RELEASES = """
    CREATE FUNCTION gives_way() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END $$;
    CREATE TRIGGER gives_way BEFORE INSERT ON releases_release EXECUTE FUNCTION gives_way();
"""


@pytest.mark.parametrize("state", ["55P03", "40P01", "40001"])
def test_of_two_that_meet_one_gives_way(state: str) -> None:
    for ref, where in ((Ref("app", "boutique", "shop"), "in this tenant"), (Ref(PLATFORM), "on the platform")):
        with pytest.raises(Contended, match=f"Somebody else is changing something {where}"), told(ref):
            ended_with(state)


def test_what_takes_too_long_says_so() -> None:
    with pytest.raises(Contended, match="The database took too long"), told(Ref(PLATFORM)):
        ended_with("57014")


def test_another_fault_of_the_database_is_none_of_that() -> None:
    with pytest.raises(OperationalError), told(Ref(PLATFORM)):
        ended_with("53100")


def ended_with(state: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'ended' USING ERRCODE = '{state}'; END $$")


def test_a_preview_waits_for_nobody(shop: Shop) -> None:
    data = {"process": "web", "replicas": 3}
    with somebody_changes(shop):
        assert perform("process.scale", actor=shop.bob, ref=shop.ref, data=data, dry_run=True).changed
