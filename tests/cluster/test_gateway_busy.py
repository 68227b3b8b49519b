"""A cluster that is busy (429): it is asked again a little later, and nobody takes it for one that is away."""

from __future__ import annotations

import http.server
from collections.abc import Callable

import pytest
from django.utils import timezone

from portal.errors import PlatformError
from releases.gateway import Busy, Gateway
from releases.gateway.breaker import THRESHOLD, Breaker
from releases.gateway.client import BUSY_TRIES
from tenants.clusters import Connection
from tenants.models import Cluster
from tests.cluster.test_gateway_transport import Answer, plain, server

pytestmark = pytest.mark.django_db
NO_WAIT = {"Retry-After": "0"}


@pytest.fixture
def cluster() -> Cluster:
    return Cluster.objects.create(name="north", title="North", server="https://127.0.0.1:1")


def busy(times: int, *, then: Answer, **headers: str) -> Answer:
    """Answers 429 so many times, and then something else."""
    left = [plain(429, b'{"reason": "TooManyRequests"}', **headers)] * times

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        (left.pop() if left else then)(handler)

    return answer


def gateway_to(address: str, cluster: Cluster) -> Gateway:
    connection = Connection(server=address, ca_pem="", token="t", client_cert="", client_key="", name="north")
    return Gateway(connection, namespace="slipway-shop", breaker=Breaker(cluster.pk))


def test_what_a_busy_cluster_does_not_take_at_once_it_is_asked_again(cluster: Cluster) -> None:
    later = busy(2, then=plain(200, b'{"kind": "Service"}'), **{"Retry-After": "0"})
    with server(later) as (address, asked), gateway_to(address, cluster) as gateway:
        assert gateway.find("Service", "x") == {"kind": "Service"}
    assert len(asked) == 3


def test_as_long_as_it_says_passes_in_between(cluster: Cluster) -> None:
    later = busy(1, then=plain(404), **{"Retry-After": "1"})
    began = timezone.now()
    with server(later) as (address, _asked), gateway_to(address, cluster) as gateway:
        assert gateway.find("Service", "x") is None
    assert 1 <= (timezone.now() - began).total_seconds() < 5


def test_one_that_stays_busy_is_left_to_be_tried_again_and_its_breaker_stays_closed(cluster: Cluster) -> None:
    with server(plain(429, **NO_WAIT)) as (address, asked):
        for _time in range(THRESHOLD + 1):
            with gateway_to(address, cluster) as gateway, pytest.raises(PlatformError, match="too much to do") as told:
                gateway.find("Service", "x")
            assert isinstance(told.value, Busy)
    assert len(asked) == BUSY_TRIES * (THRESHOLD + 1)
    cluster.refresh_from_db()
    assert (cluster.breaker_failures, cluster.breaker_open_until) == (0, None)


@pytest.mark.parametrize("hurry", [lambda gateway: gateway, lambda gateway: gateway.within(0.5)], ids=["60", "2"])
def test_nobody_waits_longer_than_they_can(
    cluster: Cluster, hurry: Callable[[Gateway], Gateway], request: pytest.FixtureRequest
) -> None:
    seconds = request.node.callspec.id
    with server(plain(429, **{"Retry-After": seconds})) as (address, asked):
        with gateway_to(address, cluster) as gateway, pytest.raises(Busy):
            hurry(gateway).find("Service", "x")
        assert len(asked) == 1
