"""Sentences about quota name apps to those who may see them, and count the others."""

from __future__ import annotations

import pytest

from portal.access import Actor, Ref, permissions
from portal.audit.models import AuditEntry
from portal.errors import Refused
from portal.operations.performing import perform
from tenants import roles
from tenants.values import Role
from tests import cast
from tests.operations.quota_stage import BOUTIQUE
from tests.operations.stage import Shop

LESS = {"dimension": "instances", "value": "1", "reason": "Less"}


@pytest.fixture
def quinn(shop: Shop) -> Actor:
    """Somebody who asks for quota, and sees no app; there are shop with 2 instances, cart with 3, mail with 1."""
    shop.create("cart", image="registry.example.com/cart:1", replicas=3)
    shop.create("mail", image="registry.example.com/mail:1", replicas=1)
    boutique = shop.people.boutique
    roles.define_role(boutique, Role("accountant", "Accountant", (permissions.TENANT_VIEW, permissions.TENANT_QUOTA)))
    return cast.actor(cast.member("quinn", tenant=boutique, role="accountant"))


def refused(actor: Actor, operation: str = "quota.request", *, dry_run: bool = False, **data: str) -> str:
    with pytest.raises(Refused) as caught:
        perform(operation, actor=actor, ref=BOUTIQUE, data=data or LESS, dry_run=dry_run)
    assert (caught.value.code, caught.value.field) == ("limit_below_use", "value")
    return str(caught.value)


@pytest.mark.parametrize("dry_run", [True, False], ids=["preview", "done"])
def test_who_sees_no_app_reads_how_many_there_are(quinn: Actor, dry_run: bool) -> None:
    said = refused(quinn, dry_run=dry_run)
    assert said == "In use is more than that: Instances 6. 5 must go first; 3 apps use it."


def test_who_sees_one_app_reads_that_and_the_number_of_the_others(shop: Shop, quinn: Actor) -> None:
    data = {"user": "quinn", "role": "viewer"}
    perform("access.grant", actor=shop.alice, ref=Ref("app", "boutique", "cart"), data=data)
    assert refused(quinn).endswith("5 must go first; these apps use it: cart 3, 2 more apps.")
    perform("access.grant", actor=shop.alice, ref=Ref("app", "boutique", "mail"), data=data)
    assert refused(quinn).endswith("5 must go first; these apps use it: cart 3, mail 1, 1 more app.")


def test_who_sees_all_apps_reads_all(shop: Shop, quinn: Actor) -> None:
    assert refused(shop.alice).endswith("5 must go first; these apps use it: cart 3, shop 2, mail 1.")


def test_the_log_keeps_what_was_said(shop: Shop, quinn: Actor) -> None:
    refused(quinn)
    (entry,) = AuditEntry.objects.filter(outcome=AuditEntry.REFUSED, actor_name="quinn")
    assert entry.reason.endswith("3 apps use it.")


def test_who_reads_the_log_of_all_tenants_is_told_what_must_go(shop: Shop, quinn: Actor) -> None:
    said = refused(cast.actor(shop.people.olga), "quota.set", dimension="instances", value="1")
    assert said.endswith("5 must go first; these apps use it: cart 3, shop 2, mail 1.")


def test_a_token_for_quota_alone_reads_the_number(shop: Shop, quinn: Actor) -> None:
    olga = cast.actor(shop.people.olga)
    narrow = Actor(
        user_id=olga.user_id, username="olga", how="token", rights_scope=frozenset({permissions.PLATFORM_QUOTA})
    )
    assert refused(narrow, "quota.set", dimension="instances", value="1").endswith("5 must go first; 3 apps use it.")
