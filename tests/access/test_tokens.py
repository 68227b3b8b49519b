"""API tokens: shown once, kept as a digest, narrow, mortal."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from portal import access
from portal.access import Actor
from portal.access.ref import TENANT, Ref
from portal.access.roles import ROLES
from portal.audit.models import AuditEntry
from portal.errors import Forbidden, Invalid, NotFound
from tenants import roles, tokens
from tenants.models import ApiToken, User
from tests import cast


def authenticate(header: str) -> tuple[User, ApiToken] | None:
    request = Request(APIRequestFactory().get("/api/v1/", headers={"authorization": header}))
    return tokens.TokenAuthentication().authenticate(request)


def actor_of(header: str) -> Actor:
    http = APIRequestFactory().get("/api/v1/", headers={"authorization": header})
    request = Request(http, authenticators=[tokens.TokenAuthentication()])
    assert request.user.is_authenticated
    return Actor.of_request(request)


def test_the_text_finds_the_token_and_is_stored_nowhere(people: cast.Cast) -> None:
    issued = tokens.issue(people.bob, tenant=people.boutique, name="laptop")

    assert issued.text.startswith("slw_")
    assert tokens.find(issued.text) == issued.token
    row = str(ApiToken.objects.filter(pk=issued.token.pk).values().get())
    assert issued.text not in row
    assert issued.text[12:] not in row
    assert issued.text not in repr(issued)


def test_the_log_says_who_made_it_however_it_was_made(people: cast.Cast) -> None:
    tokens.issue(people.bob, tenant=people.boutique, name="laptop")
    call_command("token", user="bob", tenant="boutique", name="ci", stdout=io.StringIO(), stderr=io.StringIO())

    entries = AuditEntry.objects.filter(operation="token.create").order_by("id")
    told = [(one.actor_name, one.how, one.input["name"], one.input["user"]) for one in entries]
    assert told == [("bob", "session", "laptop", "bob"), ("manage.py", "command", "ci", "bob")]


def test_a_text_with_the_same_beginning_is_not_the_token(people: cast.Cast) -> None:
    text = tokens.issue(people.bob, tenant=people.boutique, name="laptop").text

    assert tokens.find(text[:-1] + ("a" if text[-1] != "a" else "b")) is None
    assert tokens.find(text[:12]) is None
    assert tokens.find("") is None


def test_a_good_header_is_the_user_with_the_token(people: cast.Cast) -> None:
    issued = tokens.issue(people.bob, tenant=people.boutique, name="laptop")

    assert authenticate(f"Token {issued.text}") == (people.bob, issued.token)
    assert authenticate(f"token {issued.text}") == (people.bob, issued.token)


def test_another_scheme_is_left_to_others(people: cast.Cast) -> None:
    assert authenticate("Basic Ym9iOmJvYg==") is None
    assert authenticate("") is None


@pytest.mark.parametrize("header", ["Token", "Token slw_a slw_b", "Token slw_unknown", "Token \xff\xfe"])
def test_a_bad_header_is_told_so(people: cast.Cast, header: str) -> None:
    with pytest.raises(AuthenticationFailed):
        authenticate(header)


def test_an_expired_token_says_that_it_has_expired(people: cast.Cast) -> None:
    issued = tokens.issue(people.bob, tenant=people.boutique, name="laptop")
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    with pytest.raises(AuthenticationFailed, match="expired"):
        authenticate(f"Token {issued.text}")


def test_a_revoked_token_says_that_it_was_revoked(people: cast.Cast) -> None:
    issued = tokens.issue(people.bob, tenant=people.boutique, name="laptop")
    tokens.revoke(issued.token.pk)

    with pytest.raises(AuthenticationFailed, match="revoked"):
        authenticate(f"Token {issued.text}")


def test_the_token_of_an_account_that_is_off_does_not_work(people: cast.Cast) -> None:
    issued = tokens.issue(people.bob, tenant=people.boutique, name="laptop")
    User.objects.filter(pk=people.bob.pk).update(is_active=False)

    with pytest.raises(AuthenticationFailed, match=r"switched off\. Ask olga to switch it on again"):
        authenticate(f"Token {issued.text}")


def test_use_is_noted_at_most_once_a_minute(people: cast.Cast) -> None:
    issued = tokens.issue(people.bob, tenant=people.boutique, name="laptop")

    def used() -> object:
        authenticate(f"Token {issued.text}")
        return ApiToken.objects.get().last_used_at

    first = used()
    assert first is not None
    assert used() == first
    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(seconds=61))
    assert used() > first  # type: ignore[operator]  # both are times


def uses() -> list[tuple[str, str, str]]:
    rows = AuditEntry.objects.filter(operation="token.use").order_by("sequence")
    return [(one.actor_name, one.outcome, one.input["name"]) for one in rows]


def test_the_log_has_the_first_use_of_each_day(people: cast.Cast) -> None:
    issued = tokens.issue(people.bob, tenant=people.boutique, name="laptop")
    for _turn in range(3):
        authenticate(f"Token {issued.text}")
    assert uses() == [("bob", "done", "laptop")]

    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(days=1))
    authenticate(f"Token {issued.text}")
    assert uses() == [("bob", "done", "laptop")] * 2


def test_the_log_names_the_token_and_the_address_it_was_used_from(people: cast.Cast) -> None:
    issued = tokens.issue(people.bob, tenant=people.boutique, name="laptop")
    authenticate(f"Token {issued.text}")

    entry = AuditEntry.objects.get(operation="token.use")
    assert (entry.token_id, entry.how, entry.address) == (str(issued.token.pk), "token", "127.0.0.1")


def test_the_log_has_the_use_of_a_token_that_was_revoked_and_no_flood_of_it(people: cast.Cast) -> None:
    issued = tokens.issue(people.bob, tenant=people.boutique, name="laptop")
    tokens.revoke(issued.token.pk)
    for _turn in range(3):
        with pytest.raises(AuthenticationFailed):
            authenticate(f"Token {issued.text}")

    assert uses() == [("bob", "refused", "laptop")]


def test_a_token_carries_all_rights_of_its_user_in_its_tenant_only(people: cast.Cast) -> None:
    from tenants.roles import give_role

    give_role(people.bob, people.harbor, "admin")
    header = cast.token_header(people.bob, tenant=people.boutique)["authorization"]

    assert access.rights(actor_of(header), tenant_id=people.boutique.pk) == access.rights(
        cast.actor(people.bob), tenant_id=people.boutique.pk
    )
    with pytest.raises(NotFound):
        access.get(actor_of(header), Ref(TENANT, tenant="harbor"), "tenant.view")


def test_a_token_with_a_list_carries_no_more_than_the_list(people: cast.Cast) -> None:
    header = cast.token_header(people.bob, tenant=people.boutique, permissions=["app.view", "app.delete"])
    actor = actor_of(header["authorization"])

    # Bob cannot delete, so neither can his token, whatever its list says.
    assert access.rights(actor, tenant_id=people.boutique.pk) == {"app.view"}
    with pytest.raises(Forbidden, match="token"):
        access.get(actor, Ref(TENANT, tenant="boutique"), "app.deploy")


def test_a_token_loses_what_its_user_loses(people: cast.Cast) -> None:
    header = cast.token_header(people.bob, tenant=people.boutique)["authorization"]
    roles.give_role(people.bob, people.boutique, "viewer")

    assert access.rights(actor_of(header), tenant_id=people.boutique.pk) == ROLES["viewer"]


def test_the_token_of_somebody_who_left_is_revoked(people: cast.Cast) -> None:
    header = cast.token_header(people.bob, tenant=people.boutique)["authorization"]
    roles.take_role(people.bob, people.boutique)

    with pytest.raises(AuthenticationFailed, match="revoked"):
        actor_of(header)


def test_a_platform_operator_has_no_token_for_the_platform(people: cast.Cast) -> None:
    with pytest.raises(Invalid, match="not a member"):
        tokens.issue(people.olga, tenant=people.boutique, name="laptop")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"permissions": ["app.fly"]}, "permissions"),
        ({"permissions": ["platform.tenants"]}, "permissions"),
        ({"permissions": ["app.operate"]}, "permissions"),
        ({"days": 0}, "days"),
        ({"days": 10_000}, "days"),
    ],
)
def test_a_token_that_cannot_be_is_refused_by_field(people: cast.Cast, wrong: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as invalid:
        tokens.issue(people.bob, tenant=people.boutique, **({"name": "laptop"} | wrong))  # type: ignore[arg-type]  # wrong on purpose

    assert set(invalid.value.fields) == {field}
    assert not ApiToken.objects.exists()


def test_the_command_prints_the_token_alone_on_the_last_line(people: cast.Cast) -> None:
    out, err = io.StringIO(), io.StringIO()
    call_command(
        "token", user="bob", tenant="boutique", name="ci", permissions="app.view, app.deploy", stdout=out, stderr=err
    )

    last = out.getvalue().splitlines()[-1]
    token = tokens.find(last)
    assert token is not None
    assert token.permissions == ["app.deploy", "app.view"]
    assert last not in err.getvalue()


@pytest.mark.parametrize(
    "wrong", [{"user": "nobody"}, {"tenant": "nowhere"}, {"permissions": "app.fly"}, {"tenant": "harbor"}, {"days": 0}]
)
def test_the_command_says_what_is_wrong(people: cast.Cast, wrong: dict[str, object]) -> None:
    options = {"user": "bob", "tenant": "boutique", "name": "ci"} | wrong
    with pytest.raises(CommandError):
        call_command("token", **options, stdout=io.StringIO(), stderr=io.StringIO())


@pytest.mark.parametrize(
    ("where", "rights", "lacks"),
    [
        ({"user": "bob", "tenant": "boutique"}, "app.view,app.deploy", ""),
        ({"user": "bob", "tenant": "boutique"}, "tenant.members, tenant.view", "bob lacks tenant.members in boutique"),
        ({"user": "olga", "platform": True}, "platform.audit,platform.quota", ""),
        ({"user": "ada", "platform": True}, "platform.quota", "ada lacks platform.quota over the platform"),
    ],
)
def test_the_command_offers_no_more_rights_than_the_page(
    people: cast.Cast, where: dict[str, object], rights: str, lacks: str
) -> None:
    cast.platform_person("ada", role="auditor")
    out, err = io.StringIO(), io.StringIO()
    if lacks:
        with pytest.raises(CommandError, match=lacks):
            call_command("token", name="ci", permissions=rights, stdout=out, stderr=err, **where)
        assert not out.getvalue() and not ApiToken.objects.exists()
    else:
        call_command("token", name="ci", permissions=rights, stdout=out, stderr=err, **where)
        assert tokens.find(out.getvalue().splitlines()[-1]) is not None
