"""An admin ends the API tokens of members: those of this tenant that work, and no others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.access import Ref
from portal.access.ref import TENANT
from portal.audit.models import AuditEntry
from portal.audit.wording import words
from portal.errors import Forbidden, Refused
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from tenants import roles, tokens
from tenants.models import ApiToken, User
from tenants.values import Role
from tests import cast
from tests.operations.stage import open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> cast.Cast:
    return cast.everyone()


def revoke(who: User, token: ApiToken, **options: bool) -> Outcome:
    return perform(
        "token.revoke", actor=cast.actor(who), ref=Ref(TENANT, "boutique"), data={"token": str(token.pk)}, **options
    )


def token_of(user: User, people: cast.Cast) -> ApiToken:
    tenant = people.harbor if user == people.charlie else people.boutique
    return tokens.issue(user, tenant=tenant, name="laptop").token


def state(token: ApiToken) -> str:
    return ApiToken.objects.get(pk=token.pk).state(timezone.now())


def test_the_token_of_a_member_ends_at_once_and_the_log_says_whose_it_was(people: cast.Cast) -> None:
    token = token_of(people.bob, people)

    revoke(people.alice, token)

    assert state(token) == "revoked"
    entry = AuditEntry.objects.get(operation="token.revoke")
    assert (entry.actor_name, entry.resolved["user"]) == ("alice", "bob")
    assert words(entry) == "revoked the API token laptop"


def test_a_preview_names_the_token_and_ends_nothing(people: cast.Cast) -> None:
    token = token_of(people.bob, people)

    preview = revoke(people.alice, token, dry_run=True)

    assert "laptop" in str(preview)
    assert state(token) == "active"


def test_whoever_does_not_manage_members_ends_none(people: cast.Cast) -> None:
    token = token_of(people.bob, people)

    with pytest.raises(Forbidden):
        revoke(people.bob, token)

    assert state(token) == "active"


@pytest.fixture
def manager(people: cast.Cast) -> User:
    """Vera, who manages members and may do less than an admin."""
    rights = ("app.view", "tenant.members", "tenant.view", "audit.view")
    roles.define_role(people.boutique, Role("people-manager", "People manager", rights))
    roles.give_role(people.vera, people.boutique, "people-manager")
    return people.vera


def test_whoever_lacks_rights_that_a_member_has_ends_no_token_of_theirs(people: cast.Cast, manager: User) -> None:
    of_admin, of_member = (
        token_of(people.alice, people),
        token_of(cast.member("walt", tenant=people.boutique, role="viewer"), people),
    )

    for dry_run in (True, False):
        with pytest.raises(Forbidden, match=r"This member has rights you lack: .*app\.delete.* Ask alice"):
            revoke(manager, of_admin, dry_run=dry_run)
    revoke(manager, of_member)

    assert (state(of_admin), state(of_member)) == ("active", "revoked")


def test_whoever_has_rights_on_an_app_that_one_lacks_there_keeps_their_token() -> None:
    shop = open_shop()
    walt = cast.member("walt", tenant=shop.people.boutique, role="viewer")
    perform("access.grant", actor=shop.alice, ref=shop.ref, data={"user": "walt", "role": "developer"})
    rights = ("app.view", "tenant.members", "tenant.view", "audit.view")
    roles.define_role(shop.people.boutique, Role("people-manager", "People manager", rights))
    roles.give_role(shop.people.vera, shop.people.boutique, "people-manager")
    token = token_of(walt, shop.people)

    with pytest.raises(Forbidden, match=r"rights you lack: .*app\.configure"):
        revoke(shop.people.vera, token)


def test_ones_own_token_one_always_ends(people: cast.Cast, manager: User) -> None:
    token = token_of(manager, people)

    revoke(manager, token)

    assert state(token) == "revoked"


def test_the_page_offers_to_end_only_what_one_may(people: cast.Cast, manager: User) -> None:
    theirs, mine = token_of(people.alice, people), token_of(manager, people)

    page = cast.signed_in(manager).get("/t/boutique/tokens/").content.decode()

    assert theirs.prefix in page and mine.prefix in page
    assert f"?token={mine.pk}" in page and f"?token={theirs.pk}" not in page


def test_the_token_of_another_tenant_is_not_there(people: cast.Cast) -> None:
    token = token_of(people.charlie, people)

    with pytest.raises(Refused, match="no such token"):
        revoke(people.alice, token)

    assert state(token) == "active"


@pytest.mark.parametrize("gone", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now() - timedelta(days=1)}])
def test_a_token_that_works_no_longer_is_not_there(people: cast.Cast, gone: dict[str, object]) -> None:
    token = token_of(people.bob, people)
    ApiToken.objects.update(**gone)

    with pytest.raises(Refused, match="no such token"):
        revoke(people.alice, token)


def test_the_page_lists_what_works_here_with_whose_it_is(people: cast.Cast) -> None:
    mine, theirs = token_of(people.bob, people), token_of(people.charlie, people)

    page = cast.signed_in(people.alice).get("/t/boutique/tokens/").content.decode()

    assert mine.prefix in page and "<code>bob</code>" in page
    assert theirs.prefix not in page
