"""Who watches which cluster: one agent at a time, the next one soon after the first is gone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from releases.agent import leases
from releases.agent.models import AgentPresence, ClusterLease
from tenants.models import Cluster

pytestmark = pytest.mark.django_db


@pytest.fixture
def clusters() -> list[Cluster]:
    return [
        Cluster.objects.create(name=name, title=name, server="https://127.0.0.1:1", version=3)
        for name in ("north", "south")
    ]


def let_leases_run_out() -> None:
    """Nobody has been heard of for a while."""
    for model in (ClusterLease, AgentPresence):
        model.objects.update(until=F("until") - timedelta(seconds=leases.HOLD_SECONDS + 1))


def shares(*holders: str) -> list[int]:
    """How many clusters each of these agents watches once all of them have come round twice."""
    for _round in range(2):
        held = [leases.renew(one) for one in holders]
    found = {entry.cluster_id for entries in held for entry in entries}
    assert len(found) == sum(map(len, held)), "each cluster is watched by one of them"
    return [len(entries) for entries in held]


def test_an_agent_that_is_alone_takes_every_cluster(clusters: list[Cluster]) -> None:
    held = leases.renew("one")
    assert {entry.cluster_id for entry in held} == {cluster.pk for cluster in clusters}
    assert {(entry.fencing, entry.version) for entry in held} == {(1, 3)}


def test_agents_share_the_clusters_out_also_with_one_that_comes_later(clusters: list[Cluster]) -> None:
    assert shares("one") == [2]
    assert leases.renew("two") == [], "nothing is free before the first has let go"
    assert shares("one", "two") == [1, 1]
    for name in ("east", "west", "centre"):
        Cluster.objects.create(name=name, title=name, server="https://127.0.0.1:1")
    assert sorted(shares("one", "two")) == [2, 3]
    assert sorted(shares("one", "two", "three")) == [1, 2, 2]


def test_nothing_changes_hands_while_nobody_comes_or_goes(clusters: list[Cluster]) -> None:
    shares("b", "a")
    before = ClusterLease.objects.in_bulk()
    assert shares("a", "b") == [1, 1]
    after = ClusterLease.objects.in_bulk()
    assert {pk: one.fencing for pk, one in after.items()} == {pk: one.fencing for pk, one in before.items()}


def test_one_cluster_stays_with_the_agent_that_has_it(clusters: list[Cluster]) -> None:
    clusters[1].delete()
    assert shares("second") == [1]
    assert shares("first", "second") == [0, 1]


def test_what_an_agent_had_goes_to_those_that_are_left(clusters: list[Cluster]) -> None:
    shares("one", "two")
    AgentPresence.objects.filter(holder="one").update(until=F("until") - timedelta(seconds=leases.HOLD_SECONDS + 1))
    ClusterLease.objects.filter(holder="one").update(until=F("until") - timedelta(seconds=leases.HOLD_SECONDS + 1))
    assert len(leases.renew("two")) == 2


def test_renewing_keeps_the_number(clusters: list[Cluster]) -> None:
    assert leases.renew("one") == leases.renew("one")


def test_when_an_agent_is_gone_another_takes_over_with_a_higher_number(clusters: list[Cluster]) -> None:
    leases.renew("one")
    let_leases_run_out()
    held = leases.renew("two")
    assert {entry.fencing for entry in held} == {2} and len(held) == 2
    assert leases.renew("one") == [], "what it had is another's, and nothing is free yet"
    assert not leases.is_current(clusters[0].pk, 1)
    assert leases.is_current(clusters[0].pk, 2)


def test_an_agent_that_was_only_slow_goes_on_with_its_number(clusters: list[Cluster]) -> None:
    before = leases.renew("one")
    let_leases_run_out()
    assert leases.renew("one") == before


def test_an_agent_that_ends_in_order_leaves_its_clusters_to_the_next_at_once(clusters: list[Cluster]) -> None:
    leases.renew("one")
    leases.release("one")
    assert len(leases.renew("two")) == 2


def test_a_new_cluster_is_taken_and_a_removed_one_forgotten(clusters: list[Cluster]) -> None:
    leases.renew("one")
    Cluster.objects.create(name="west", title="West", server="https://127.0.0.1:1")
    assert len(leases.renew("one")) == 3
    clusters[0].delete()
    assert {entry.cluster_id for entry in leases.renew("one")} == set(Cluster.objects.values_list("pk", flat=True))
    assert ClusterLease.objects.count() == 2


def test_a_changed_cluster_shows_in_its_version(clusters: list[Cluster]) -> None:
    leases.renew("one")
    Cluster.objects.filter(name="north").update(version=4)
    assert sorted(entry.version for entry in leases.renew("one")) == [3, 4]


def test_a_dead_agents_clusters_are_taken_within_ten_seconds() -> None:
    assert leases.HOLD_SECONDS + leases.ROUND_SECONDS < 10
