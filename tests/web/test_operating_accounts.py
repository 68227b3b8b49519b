"""The page of accounts for platform operators, and what they can do there to the accounts of others."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.access import Actor, Ref
from portal.access.ref import PLATFORM, TENANT
from portal.access.roles import PLATFORM_OPERATOR, TENANT_ADMIN
from portal.audit.models import AuditEntry
from portal.errors import Refused
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from tenants import roles, tokens
from tenants.accounts import factors
from tenants.models import Membership, User
from tests import cast
from tests.web import phone
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db
PAGE = "/platform/accounts/"


@pytest.fixture
def people() -> cast.Cast:
    return cast.everyone()


def done(people: cast.Cast, what: str, user: str, *, by: User | None = None, dry_run: bool = False) -> Outcome:
    actor = cast.actor(by or people.olga)
    return perform(f"account.{what}", actor=actor, ref=Ref(PLATFORM), data={"user": user}, dry_run=dry_run)


def test_the_page_says_who_works_where_and_how_they_sign_in(people: cast.Cast) -> None:
    phone.paired(people.bob)
    said = said_on(PAGE, people.olga)

    assert "Bob bob Active Online Boutique Developer yes" in said
    assert "Olga olga Active Platform Platform operator no" in said
    assert "Vera" not in said_on(f"{PAGE}?q=bo", people.olga) and "Bob" in said_on(f"{PAGE}?q=bo", people.olga)


def test_the_page_costs_as_much_for_many_as_for_few(people: cast.Cast) -> None:
    def queries() -> int:
        client = cast.signed_in(people.olga)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(PAGE).status_code == 200
        return len(seen)

    few = queries()
    for number in range(60):
        cast.person(f"guest{number:02}")
    assert queries() == few
    assert "Next page" in said_on(PAGE, people.olga)


def test_an_account_is_switched_off_from_its_row_and_on_again(people: cast.Cast) -> None:
    bob, olga = cast.signed_in(people.bob), cast.signed_in(people.olga)
    token = cast.token_header(people.bob, tenant=people.boutique)
    preview = done(people, "disable", "bob", dry_run=True).preview
    assert preview is not None
    assert [(row["label"], row["before"], row["after"]) for row in preview.spec] == [
        ("Account bob", "switched on", "switched off"),
        ("Signed in", "1 session", ""),
    ]

    assert olga.post("/platform/do/account.disable/", {"user": "bob"})["Location"] == PAGE
    assert not phone.is_signed_in(bob)
    assert cast.browser().get("/api/v1/tenants/boutique/apps/", headers=token).status_code == 401
    assert "Bob bob Switched off" in said_on(PAGE, people.olga)
    assert olga.post("/platform/do/account.enable/", {"user": "bob"})["Location"] == PAGE
    assert Membership.objects.get(user=people.bob).role == "developer"
    entries = AuditEntry.objects.filter(subject_kind="account", subject_name="bob").order_by("sequence")
    assert [(one.actor_name, one.operation) for one in entries] == [
        ("olga", "account.disable"),
        ("olga", "account.enable"),
    ]


def test_the_last_admin_of_a_tenant_stays_until_somebody_else_is_appointed(people: cast.Cast) -> None:
    with pytest.raises(Refused, match="alice is the last admin of boutique"):
        done(people, "disable", "alice")
    appointed = {"user": "vera"}
    perform("tenant.appoint", actor=cast.actor(people.olga), ref=Ref(TENANT, "boutique"), data=appointed)

    assert done(people, "disable", "alice").changed
    assert Membership.objects.get(user=people.vera).role == TENANT_ADMIN
    entry = AuditEntry.objects.get(operation="tenant.appoint")
    assert (entry.tenant_name, entry.actor_name) == ("boutique", "olga")


def test_an_admin_who_is_switched_off_does_not_count_as_one_who_is_left(people: cast.Cast) -> None:
    roles.give_role(people.bob, people.boutique, TENANT_ADMIN)
    done(people, "disable", "bob")

    with pytest.raises(Refused, match="last admin of boutique"):
        done(people, "disable", "alice")


def test_the_last_platform_operator_stays(people: cast.Cast) -> None:
    oscar = cast.platform_person("oscar", role=PLATFORM_OPERATOR)
    assert done(people, "disable", "oscar").changed
    done(people, "enable", "oscar")
    done(people, "disable", "olga", by=oscar)

    with pytest.raises(Refused, match="Your own account stays on"):
        done(people, "disable", "oscar", by=oscar)
    with pytest.raises(Refused, match="oscar is the last platform operator"):
        perform("account.disable", actor=Actor.of_command(), ref=Ref(PLATFORM), data={"user": "oscar"})


def test_a_lost_second_factor_is_reset_which_signs_its_owner_out(people: cast.Cast) -> None:
    phone.paired(people.bob)
    bob = cast.signed_in(people.bob)
    done(people, "reset_factor", "bob")

    assert not factors.has(people.bob) and factors.recovery_codes_left(people.bob) == 0
    assert not phone.is_signed_in(bob)


def test_ones_own_second_factor_is_not_reset_here(people: cast.Cast) -> None:
    phone.paired(people.olga)

    with pytest.raises(Refused, match="on your account page"):
        done(people, "reset_factor", "olga")
    assert factors.has(people.olga)


def test_ending_all_sessions_leaves_tokens(people: cast.Cast) -> None:
    bob = cast.signed_in(people.bob)
    issued = tokens.issue(people.bob, tenant=people.boutique, name="laptop")
    done(people, "end_sessions", "bob")

    assert not phone.is_signed_in(bob)
    assert tokens.working_in(people.boutique) == [issued.token]


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("enable", "is switched on"),
        ("reset_factor", "has no second factor"),
        ("end_sessions", "is not signed in anywhere"),
    ],
)
def test_what_is_so_already_is_said(people: cast.Cast, what: str, sentence: str) -> None:
    with pytest.raises(Refused, match=f"bob {sentence}|account bob {sentence}"):
        done(people, what, "bob")


def test_who_is_appointed_is_an_admin_at_most_once(people: cast.Cast) -> None:
    with pytest.raises(Refused, match="alice is an admin of it already"):
        perform("tenant.appoint", actor=cast.actor(people.olga), ref=Ref(TENANT, "boutique"), data={"user": "alice"})
