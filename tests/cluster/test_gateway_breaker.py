"""The breaker in front of a cluster: closed after an answer, open after five failures, one probe at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from portal.errors import ClusterAway
from releases.gateway.breaker import Breaker
from tenants.models import Cluster

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only `let_time_pass` lets time pass: the first pause is a second, which a busy machine may need for a line."""
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)


@pytest.fixture
def cluster() -> Cluster:
    return Cluster.objects.create(name="north", title="North", server="https://127.0.0.1:1")


def fail(cluster: Cluster, *, times: int) -> None:
    for _time in range(times):
        Breaker(cluster.pk).failed()


def is_open(cluster: Cluster) -> bool:
    try:
        Breaker(cluster.pk).check()
    except ClusterAway:
        return True
    return False


def let_time_pass(cluster: Cluster) -> None:
    """As if the pause were just over."""
    Cluster.objects.update(breaker_open_until=timezone.now() - timedelta(milliseconds=1))


def pause_of(cluster: Cluster) -> int:
    cluster.refresh_from_db()
    assert cluster.breaker_open_until is not None
    return round((cluster.breaker_open_until - timezone.now()).total_seconds())


def test_four_failures_change_nothing_and_the_fifth_opens_it(cluster: Cluster) -> None:
    fail(cluster, times=4)
    assert not is_open(cluster)
    fail(cluster, times=1)
    assert is_open(cluster)


def test_the_pause_doubles_up_to_thirty_seconds(cluster: Cluster) -> None:
    fail(cluster, times=4)
    pauses = []
    for _time in range(7):
        fail(cluster, times=1)
        pauses.append(pause_of(cluster))
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_after_the_pause_one_caller_is_let_through_and_the_others_wait(cluster: Cluster) -> None:
    fail(cluster, times=5)
    let_time_pass(cluster)
    assert not is_open(cluster)
    assert is_open(cluster)


def test_an_answer_closes_it(cluster: Cluster) -> None:
    fail(cluster, times=5)
    let_time_pass(cluster)
    probe = Breaker(cluster.pk)
    probe.check()
    probe.succeeded()
    assert not is_open(cluster)
    cluster.refresh_from_db()
    assert (cluster.breaker_failures, cluster.breaker_open_until) == (0, None)


def test_only_failures_in_a_row_count(cluster: Cluster) -> None:
    for _time in range(3):
        fail(cluster, times=4)
        breaker = Breaker(cluster.pk)
        breaker.check()
        breaker.succeeded()
    assert not is_open(cluster)


def test_the_sentence_names_the_cluster(cluster: Cluster) -> None:
    fail(cluster, times=5)
    with pytest.raises(ClusterAway, match="Cluster north does not answer"):
        Breaker(cluster.pk).check()


def test_a_healthy_cluster_costs_one_query_per_use(
    cluster: Cluster, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    breaker = Breaker(cluster.pk)
    with django_assert_num_queries(1):
        for _request in range(5):
            breaker.check()
            breaker.succeeded()


def test_a_cluster_that_was_removed_is_away(cluster: Cluster) -> None:
    breaker = Breaker(cluster.pk)
    cluster.delete()
    breaker.failed()
    with pytest.raises(ClusterAway, match="no longer registered"):
        breaker.check()
