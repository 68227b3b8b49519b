"""Cluster records: credentials sealed for their row and role, changes announced, grants per tenant."""

from __future__ import annotations

import uuid

import pytest
import redis
from django.conf import settings
from pytest_django import DjangoAssertNumQueries

from portal.errors import Invalid, NotFound, PlatformError
from releases.gateway import sign_in
from tenants import clusters
from tenants.clusters import Credential
from tenants.clusters.announcing import CHANNEL
from tenants.models import Cluster
from tests import cast

SECRET = "canary-3f1c"


@pytest.mark.django_db
def test_a_connection_opens_what_was_sealed() -> None:
    north = cast.cluster("north", server="https://north.example.com:6443", token=SECRET)

    opened = clusters.connection(north.pk, clusters.DEPLOYER)

    assert (opened.server, opened.token, opened.name) == ("https://north.example.com:6443", SECRET, "north")


@pytest.mark.django_db
def test_the_secret_is_neither_in_the_row_nor_in_any_repr() -> None:
    north = cast.cluster("north", token=SECRET)

    assert SECRET not in str(Cluster.objects.filter(pk=north.pk).values().get())
    assert SECRET not in repr(clusters.connection(north.pk, clusters.DEPLOYER))
    assert SECRET not in repr(Credential(token=SECRET))


@pytest.mark.django_db
def test_each_role_has_its_own_credential() -> None:
    north = clusters.register(
        "north",
        title="North",
        server=cast.NOWHERE,
        credentials={"observer": Credential(token="looks"), "deployer": Credential(client_cert="C", client_key="K")},
    )

    assert clusters.connection(north.pk, role="observer").token == "looks"
    assert clusters.connection(north.pk, role="deployer").client_key == "K"
    with pytest.raises(PlatformError, match="provisioner"):
        clusters.connection(north.pk, role="provisioner")


@pytest.mark.django_db
def test_a_sealed_credential_moved_to_another_row_or_role_does_not_open() -> None:
    north, south = cast.cluster("north", token=SECRET), cast.cluster("south")
    Cluster.objects.filter(pk=south.pk).update(credentials=north.credentials)
    with pytest.raises(PlatformError):
        clusters.connection(south.pk, clusters.DEPLOYER)

    swapped = north.credentials | {"observer": north.credentials["deployer"]}
    Cluster.objects.filter(pk=north.pk).update(credentials=swapped)
    with pytest.raises(PlatformError):
        clusters.connection(north.pk, role="observer")


@pytest.mark.django_db
def test_an_unknown_cluster_is_not_found() -> None:
    with pytest.raises(NotFound):
        clusters.connection(uuid.uuid4(), clusters.DEPLOYER)


@pytest.mark.django_db
def test_registering_again_changes_the_row_and_raises_its_version_only_when_needed() -> None:
    first = cast.cluster("north", token=SECRET)
    same = cast.cluster("north", token=SECRET)
    assert (same.pk, same.version, same.credentials) == (first.pk, 1, first.credentials)

    changed = cast.cluster("north", token="another")
    assert (changed.pk, changed.version) == (first.pk, 2)
    assert clusters.connection(first.pk, clusters.DEPLOYER).token == "another"


@pytest.mark.parametrize(
    ("name", "server"),
    [
        ("North", cast.NOWHERE),
        ("a--b", cast.NOWHERE),
        ("north", "north.example.com"),
        ("north", "ftp://north.example.com"),
        ("north", "https://user:pass@north.example.com"),
        ("north", "https://"),
        ("north", "https://north.example.com/?a=b"),
    ],
)
@pytest.mark.django_db
def test_a_bad_name_or_server_is_refused(name: str, server: str) -> None:
    with pytest.raises(Invalid):
        cast.cluster(name, server=server)
    assert not Cluster.objects.exists()


@pytest.mark.django_db
def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(Invalid):
        clusters.register("north", title="North", server=cast.NOWHERE, credentials={"admin": Credential(token="x")})


def test_a_tenant_uses_what_it_was_granted(people: cast.Cast) -> None:
    north = cast.cluster("north", tenants=[people.boutique])
    south = cast.cluster("south")

    assert clusters.clusters_of(people.boutique.pk) == [north]
    assert clusters.clusters_of(people.harbor.pk) == []
    assert clusters.namespace_of(people.boutique.pk, north.pk) == "slipway-boutique"
    with pytest.raises(NotFound):
        clusters.namespace_of(people.boutique.pk, south.pk)
    assert clusters.grant(people.boutique, north).pk == clusters.grant(people.boutique, north).pk


@pytest.mark.django_db
def test_the_state_moves_its_time_only_when_it_changes() -> None:
    north = cast.cluster("north")

    assert clusters.mark(north.pk, state="away", reason="connection refused")
    away = Cluster.objects.get(pk=north.pk)
    assert not clusters.mark(north.pk, state="away", reason="timed out")
    still = Cluster.objects.get(pk=north.pk)

    assert (still.state, still.state_reason, still.state_since) == ("away", "timed out", away.state_since)
    assert clusters.mark(north.pk, state="ready", capabilities={"gateway": True})
    assert Cluster.objects.get(pk=north.pk).capabilities == {"gateway": True}
    with pytest.raises(ValueError, match="broken"):
        clusters.mark(north.pk, state="broken")


@pytest.mark.django_db
def test_what_an_agent_finds_out_does_not_make_the_last_check_forgotten() -> None:
    north = cast.cluster("north")
    clusters.mark(north.pk, state="ready", capabilities={"gateway_api": "", "lacks": ["create secrets"]})
    clusters.mark(north.pk, state="ready", capabilities={"gateway_api": "v1"})
    assert Cluster.objects.get(pk=north.pk).capabilities == {"gateway_api": "v1", "lacks": ["create secrets"]}


@pytest.mark.django_db(transaction=True)
def test_a_change_is_announced_after_the_commit() -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client, client.pubsub() as listener:
        listener.subscribe(CHANNEL)
        assert listener.get_message(timeout=30)["type"] == "subscribe"
        north = cast.cluster("north")
        message = listener.get_message(timeout=30)

    assert message is not None
    assert message["data"] == str(north.pk).encode()


@pytest.mark.django_db
@pytest.mark.parametrize("role", [clusters.OBSERVER, clusters.DEPLOYER, clusters.PROVISIONER])
def test_to_sign_in_asks_the_database_nothing_more(
    role: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    known = {one: Credential(token=one) for one in (clusters.OBSERVER, clusters.DEPLOYER, clusters.PROVISIONER)}
    north = clusters.register("north", title="North", server="https://127.0.0.1:1", credentials=known)
    with django_assert_num_queries(0):
        assert sign_in(north, role, namespace="slipway-shop").connection.token == role
