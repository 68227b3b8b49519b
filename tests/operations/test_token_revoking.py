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
from tenants import tokens
from tenants.models import ApiToken, User
from tests import cast

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
