"""Which role may do what: the table of the design, written out, against the real doorway."""

from __future__ import annotations

import pytest
from guardian.shortcuts import assign_perm

from portal import access
from portal.access import permissions as p
from portal.access.ref import TENANT, Ref
from portal.access.roles import ROLES, TENANT_ROLES
from portal.errors import Forbidden, NotFound
from tenants import roles
from tenants.models import Tenant, User
from tests import cast

VIEWER = {"app.view", "tenant.view", "audit.view"}
OPERATOR = VIEWER | {"app.operate", "app.scale"}
DEVELOPER = OPERATOR | {"app.configure", "app.secrets", "app.network", "app.create", "app.deploy", "app.run"}
ADMIN = DEVELOPER | {
    "release.approve",
    "app.shell",
    "app.delete",
    "app.transfer",
    "tenant.members",
    "tenant.quota",
    "tenant.services",
    "tenant.strategies",
    "template.manage",
    "audit.export",
}
MATRIX = {
    "viewer": VIEWER,
    "operator": OPERATOR,
    "developer": DEVELOPER,
    "approver": VIEWER | {"release.approve"},
    "admin": ADMIN,
}
PLATFORM_MATRIX = {
    "platform-operator": {"platform.clusters", "platform.tenants", "platform.quota", "platform.audit"},
    "auditor": {"platform.audit"},
}


@pytest.fixture
def boutique(db: None) -> Tenant:
    return cast.tenant("boutique")


def may(user: User, permission: str, tenant: Tenant) -> bool:
    try:
        access.get(cast.actor(user), Ref(TENANT, tenant=tenant.name), permission)
    except (Forbidden, NotFound):
        return False
    return True


def test_the_matrix_has_every_role_and_every_right() -> None:
    assert set(MATRIX) == set(TENANT_ROLES)
    assert set(MATRIX) | set(PLATFORM_MATRIX) == set(ROLES)
    assert set().union(*MATRIX.values(), *PLATFORM_MATRIX.values()) == p.ALL


@pytest.mark.parametrize("role", MATRIX)
def test_a_role_may_do_exactly_what_its_row_says(boutique: Tenant, role: str) -> None:
    user = cast.member("someone", tenant=boutique, role=role)

    assert {right for right in p.ALL if may(user, right, boutique)} == MATRIX[role]
    assert access.platform_rights(cast.actor(user)) == frozenset()


@pytest.mark.parametrize("role", PLATFORM_MATRIX)
def test_a_platform_role_has_platform_rights_and_none_in_a_tenant(boutique: Tenant, role: str) -> None:
    user = cast.platform_person("someone", role=role)

    assert access.platform_rights(cast.actor(user)) == PLATFORM_MATRIX[role]
    assert {right for right in p.ALL if may(user, right, boutique)} == PLATFORM_MATRIX[role]


@pytest.mark.parametrize("role", MATRIX)
def test_a_role_in_one_tenant_means_nothing_in_another(boutique: Tenant, role: str) -> None:
    harbor = cast.tenant("harbor")
    user = cast.member("someone", tenant=harbor, role=role)

    for right in p.ALL:
        with pytest.raises(NotFound):
            access.get(cast.actor(user), Ref(TENANT, tenant="boutique"), right)
        assert boutique not in access.visible(cast.actor(user), Tenant, right)


def test_superuser_and_staff_flags_give_nothing(boutique: Tenant) -> None:
    user = cast.person("root")
    User.objects.filter(pk=user.pk).update(is_superuser=True, is_staff=True)
    user.refresh_from_db()

    assert not any(may(user, right, boutique) for right in p.ALL)
    assert access.platform_rights(cast.actor(user)) == frozenset()


def test_an_inactive_member_has_no_rights(boutique: Tenant) -> None:
    user = cast.member("gone", tenant=boutique, role="admin")
    user.is_active = False
    user.save()

    assert not any(may(user, right, boutique) for right in p.ALL)


def test_a_right_that_is_no_longer_in_the_role_goes_from_its_group(boutique: Tenant) -> None:
    user = cast.member("someone", tenant=boutique, role="viewer")
    group = user.groups.get()
    assign_perm("tenants.delete_app", group, boutique)
    assert may(user, p.APP_DELETE, boutique)

    roles.prepare_groups(boutique)

    assert not may(user, p.APP_DELETE, boutique)
    assert may(user, p.APP_VIEW, boutique)
