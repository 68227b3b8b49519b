"""Nobody decides what they asked for themselves, whatever roles they have."""

from __future__ import annotations

import pytest
from django.test import Client

from portal.errors import Refused
from portal.operations.performing import perform
from tenants import roles
from tests import cast
from tests.operations.quota_stage import BOUTIQUE, ask, asking, decide, limit, request

PAGE = "/platform/quota/"


@pytest.fixture
def people(db: None) -> cast.Cast:
    """Olga operates the platform, is an admin of the tenant, and has asked for more there."""
    people = asking()
    roles.give_role(people.olga, people.boutique, "admin")
    data = {"dimension": "instances", "value": "40", "reason": "The sale"}
    perform("quota.request", actor=cast.actor(people.olga), ref=BOUTIQUE, data=data)
    return people


def refused(people: cast.Cast, *, dry_run: bool = False, **data: str) -> str:
    with pytest.raises(Refused) as caught:
        given = {"number": "1", **data}
        perform("quota.decide", actor=cast.actor(people.olga), ref=BOUTIQUE, data=given, dry_run=dry_run)
    assert (caught.value.code, caught.value.field) == ("decides_own", "number")
    assert (request(people).state, limit(people)) == ("waiting", 10)
    return str(caught.value)


@pytest.mark.parametrize("decision", ["grant", "refuse"])
@pytest.mark.parametrize("dry_run", [True, False], ids=["preview", "done"])
def test_who_asked_is_told_who_decides(people: cast.Cast, decision: str, dry_run: bool) -> None:
    cast.platform_person("oskar", role="platform-operator")
    cast.platform_person("paula", role="auditor")
    assert refused(people, dry_run=dry_run, decision=decision) == (
        "Nobody decides what they asked for themselves. Ask oskar, or withdraw it (quota.withdraw)."
    )


def test_where_nobody_else_can_that_is_said_with_what_to_do(people: cast.Cast) -> None:
    said = refused(people)
    assert "nobody else may decide this now" in said and "set the limit (quota.set), which the log tells" in said


def test_somebody_else_decides_it(people: cast.Cast) -> None:
    oskar = cast.actor(cast.platform_person("oskar", role="platform-operator"))
    perform("quota.decide", actor=oskar, ref=BOUTIQUE, data={"number": "1"})
    assert (request(people).decided_by, limit(people)) == ("oskar", 40)


def test_who_asked_decides_what_others_ask_for_in_the_same_tenant(people: cast.Cast) -> None:
    ask(people, dimension="cpu", value="30 CPU")
    decide(people, number=2)
    assert request(people, 2).decided_by == "olga"


def test_on_the_page_there_is_nothing_to_press_at_it_and_nothing_is_counted(people: cast.Cast) -> None:
    ask(people, dimension="cpu", value="30 CPU")
    olga: Client = cast.signed_in(people.olga)
    page = olga.get(PAGE).text
    assert page.count("You asked for this yourself: somebody else decides it.") == 1
    assert "quota.decide/?number=2" in page and "quota.decide/?number=1" not in page
    assert "1 quota request waits for a decision" in olga.get("/").text
