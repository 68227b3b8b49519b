"""The demo's people and clusters: made once, found again, never given a second password."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from portal import access
from portal.access.roles import ROLES
from portal.errors import PlatformError
from tenants import clusters, demo, roles
from tenants.models import Membership, Tenant, User
from tenants.quota import ledger
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick_hashes() -> Iterator[None]:
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


def test_the_first_time_everyone_gets_a_password_of_their_own() -> None:
    logins = demo.seed()

    assert [(one.username, one.role, one.tenant) for one in logins] == [
        ("alice", "Tenant admin", "boutique"),
        ("bob", "Developer", "boutique"),
        ("vera", "Viewer", "boutique"),
        ("charlie", "Tenant admin", "harbor"),
        ("olga", "Platform operator", ""),
        ("ada", "Auditor", ""),
    ]
    passwords = [one.password for one in logins]
    assert len(set(passwords)) == 6
    assert all(password and len(password) >= 16 for password in passwords)
    assert all(User.objects.get(username=one.username).check_password(one.password or "") for one in logins)
    assert not any(str(password) in repr(logins) for password in passwords)


def test_everyone_has_the_rights_of_their_role() -> None:
    demo.seed()
    boutique = Tenant.objects.get(name="boutique")

    bob = cast.actor(User.objects.get(username="bob"))
    olga = cast.actor(User.objects.get(username="olga"))
    assert access.rights(bob, tenant_id=boutique.pk) == ROLES["developer"]
    assert access.platform_rights(olga) == ROLES["platform-operator"]
    assert access.rights(olga, tenant_id=boutique.pk) == frozenset()


def test_the_second_time_nothing_changes() -> None:
    demo.seed()
    bob, boutique = User.objects.get(username="bob"), Tenant.objects.get(name="boutique")
    roles.give_role(bob, boutique, "viewer")
    digest = bob.password

    again = demo.seed()

    assert [one.password for one in again] == [None] * 6
    assert User.objects.get(username="bob").password == digest
    assert Membership.objects.get(user=bob).role == "viewer"
    assert User.objects.count() == 6
    assert Tenant.objects.count() == 2


def test_the_limits_are_generous_and_visible() -> None:
    demo.seed()

    lines = {line.dimension: line for line in ledger.usage_of(Tenant.objects.get(name="boutique").pk)}
    assert lines["apps"].limit == 20
    assert lines["memory"].limit_text == "48 GiB"


def test_a_cluster_is_read_from_its_folder_and_granted_to_both_tenants(tmp_path: Path) -> None:
    demo.seed()
    folder = tmp_path / "north"
    folder.mkdir()
    (folder / "url").write_text("http://127.0.0.1:6443\n")
    (folder / "token").write_text("demo-token\n")

    north = demo.register_cluster_from_folder(folder)

    opened = clusters.connection(north.pk, role="provisioner")
    assert (opened.name, opened.server, opened.token, opened.ca_pem) == (
        "north",
        "http://127.0.0.1:6443",
        "demo-token",
        "",
    )
    assert all(clusters.clusters_of(tenant.pk) == [north] for tenant in Tenant.objects.all())
    (folder / "url").write_text("http://127.0.0.1:7443")
    assert demo.register_cluster_from_folder(folder).pk == north.pk
    assert clusters.connection(north.pk, role="provisioner").server == "http://127.0.0.1:7443"


def test_a_folder_without_its_files_says_which(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="url and token"):
        demo.register_cluster_from_folder(tmp_path / "nowhere")
