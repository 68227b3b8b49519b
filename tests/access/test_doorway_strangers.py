"""A stranger cannot tell "not yours" from "not there"; a member learns which right is missing and who can give it."""

from __future__ import annotations

import pytest

from portal import access
from portal.access import Actor
from portal.access.permissions import APP_DEPLOY, PLATFORM_CLUSTERS, TENANT_VIEW
from portal.access.ref import CLUSTER, TENANT, Ref
from portal.errors import Forbidden, NotFound
from tenants.models import Cluster, Tenant
from tests import cast

BOUTIQUE = Ref(TENANT, tenant="boutique")


def test_not_yours_and_not_there_answer_alike(people: cast.Cast) -> None:
    with pytest.raises(NotFound) as not_yours:
        access.get(cast.actor(people.charlie), BOUTIQUE, TENANT_VIEW)
    with pytest.raises(NotFound) as not_there:
        access.get(cast.actor(people.charlie), Ref(TENANT, tenant="nowhere"), TENANT_VIEW)

    assert str(not_yours.value) == str(not_there.value)
    assert not_yours.value.code == not_there.value.code


def test_a_member_without_the_right_is_told_which_and_by_whom(people: cast.Cast) -> None:
    with pytest.raises(Forbidden) as forbidden:
        access.get(cast.actor(people.vera), BOUTIQUE, APP_DEPLOY)

    assert "app.deploy" in str(forbidden.value)
    assert "alice" in str(forbidden.value)
    assert "charlie" not in str(forbidden.value)


def test_an_anonymous_person_is_a_stranger(people: cast.Cast) -> None:
    with pytest.raises(NotFound):
        access.get(Actor(how="session"), BOUTIQUE, TENANT_VIEW)
    assert not access.visible(Actor(how="session"), Tenant, TENANT_VIEW).exists()


def test_everyone_sees_their_own_tenants_only(people: cast.Cast) -> None:
    def seen(user: object) -> list[str]:
        rows = access.visible(cast.actor(user), Tenant, TENANT_VIEW)  # type: ignore[arg-type]  # a user of the cast
        return [tenant.name for tenant in rows]

    assert seen(people.vera) == ["boutique"]
    assert seen(people.charlie) == ["harbor"]
    assert seen(people.olga) == []


def test_clusters_are_for_those_with_the_platform_right(people: cast.Cast) -> None:
    north = cast.cluster("north", tenants=[people.boutique])
    ref = Ref(CLUSTER, cluster="north")

    assert access.get(cast.actor(people.olga), ref, PLATFORM_CLUSTERS) == north
    assert list(access.visible(cast.actor(people.olga), Cluster, PLATFORM_CLUSTERS)) == [north]
    with pytest.raises(Forbidden):
        access.get(cast.actor(people.alice), ref, PLATFORM_CLUSTERS)
    assert not access.visible(cast.actor(people.alice), Cluster, PLATFORM_CLUSTERS).exists()


def test_the_rights_of_a_tenant_cost_the_same_whatever_is_asked(
    people: cast.Cast, django_assert_num_queries: object
) -> None:
    actor = cast.actor(people.bob)
    access.rights(actor, tenant_id=people.boutique.pk)
    with django_assert_num_queries(0):  # type: ignore[operator]  # a fixture of pytest-django without a type
        access.require(actor, APP_DEPLOY, tenant_id=people.boutique.pk)
        access.require(actor, TENANT_VIEW, tenant_id=people.boutique.pk)
