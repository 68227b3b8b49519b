"""Tokens of service accounts in the simulated cluster: whom they speak for, and until when."""

from __future__ import annotations

import pytest

from releases.simulator.core.access import ADMIN, ANONYMOUS
from releases.simulator.core.cluster import Cluster
from releases.simulator.core.errors import ApiError
from releases.simulator.core.kinds import SERVICE_ACCOUNT
from releases.simulator.core.objects import Object
from releases.simulator.shell.auth import ISSUER, Tokens

HOUR = 3600


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(clock: Clock) -> Tokens:
    return Tokens("the main one", clock=clock)


@pytest.fixture
def cluster() -> Cluster:
    made = Cluster(nodes=0)
    made.settle(within=5)
    return made


def _account(cluster: Cluster) -> Object:
    return cluster.store.need(SERVICE_ACCOUNT, "default", "default")


def _token(tokens: Tokens, cluster: Cluster, *, audience: str = ISSUER) -> str:
    token, _end = tokens.make(_account(cluster), seconds=HOUR, audiences=[audience])
    return f"Bearer {token}"


def _refused(tokens: Tokens, header: str, cluster: Cluster) -> bool:
    with pytest.raises(ApiError) as refusal:
        tokens.user(header, cluster.store)
    return refusal.value.code == 401


def test_a_token_speaks_for_its_account_and_its_groups(tokens: Tokens, cluster: Cluster) -> None:
    user = tokens.user(_token(tokens, cluster), cluster.store)
    assert user.name == "system:serviceaccount:default:default"
    assert user.groups == ("system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated")


def test_the_main_token_is_the_administrator_and_none_is_nobody(tokens: Tokens, cluster: Cluster) -> None:
    assert tokens.user("Bearer the main one", cluster.store) == ADMIN
    assert tokens.user("", cluster.store) == ANONYMOUS


def test_a_token_ends_by_itself(tokens: Tokens, cluster: Cluster, clock: Clock) -> None:
    header = _token(tokens, cluster)
    clock.now += HOUR
    assert tokens.user(header, cluster.store)
    clock.now += 61
    assert _refused(tokens, header, cluster)


def test_a_token_outlives_the_process_but_not_another_main_token(
    tokens: Tokens, cluster: Cluster, clock: Clock
) -> None:
    header = _token(tokens, cluster)
    assert Tokens("the main one", clock=clock).user(header, cluster.store)
    assert _refused(Tokens("another", clock=clock), header, cluster)


def test_a_token_ends_with_its_account(tokens: Tokens, cluster: Cluster) -> None:
    header = _token(tokens, cluster)
    cluster.api.delete(SERVICE_ACCOUNT, "default", "default")
    assert _refused(tokens, header, cluster)


@pytest.mark.parametrize("spoilt", ["Bearer a.b.c", "Bearer .", "Bearer ä", "Basic ä", "Bearer " + "x" * 9000])
def test_what_is_no_token_is_refused_or_nobody(tokens: Tokens, cluster: Cluster, spoilt: str) -> None:
    try:
        assert tokens.user(spoilt, cluster.store) == ANONYMOUS
    except ApiError as refusal:
        assert refusal.code == 401


def test_a_changed_token_is_refused(tokens: Tokens, cluster: Cluster) -> None:
    header = _token(tokens, cluster)
    head, body, signature = header.split(".")
    for other in (f"{head}.{body}x.{signature}", f"{head}.{body}.{signature[:-1]}", f"{head}.{body}."):
        assert _refused(tokens, other, cluster)
    assert _refused(tokens, _token(tokens, cluster, audience="vault"), cluster)
