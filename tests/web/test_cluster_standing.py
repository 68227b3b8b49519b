"""Clusters that answer and on which nothing can be deployed: lists, pages and the API say what the last check found."""

from __future__ import annotations

import pytest

from tenants import clusters
from tenants.models import Cluster, User
from tests import cast, east
from tests.operations.stage import Shop, open_shop
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def olga(shop: Shop) -> User:
    return shop.people.olga


def found(**report: object) -> Cluster:
    """East, which answers, after a check that found this."""
    cluster = east.registered()
    clusters.mark(cluster.pk, state="ready", capabilities={"lacks": [], "accounts": {}, **report})
    return cluster


def test_a_cluster_that_is_all_right_is_ready_everywhere(olga: User) -> None:
    found()
    for path in ("/platform/clusters/", "/platform/clusters/east/", "/"):
        said = said_on(path, olga)
        assert "Ready" in said and "Rights missing" not in said


def test_what_slipway_may_not_do_is_said_wherever_its_state_is(olga: User) -> None:
    found(lacks=["create namespaces", "patch namespaces", "create serviceaccounts/token", "create roles"])
    why = (
        "The last check found that Slipway's account there may not create namespaces, patch namespaces, create "
        "serviceaccounts/token and 1 more: no tenant can be made ready. Give it these rights, then check again."
    )
    assert why in said_on("/platform/clusters/", olga)
    home = said_on("/", olga)
    assert f"Rights are missing on the cluster East {why}" in home
    for path in ("/platform/clusters/", "/platform/clusters/east/", "/"):
        assert "Rights missing" in said_on(path, olga)
    told = cast.signed_in(olga).get("/api/v1/platform/clusters/east").json()
    assert (told["state"], told["why"]) == ("short", why)


def test_a_tenant_reads_only_what_keeps_its_own_releases(shop: Shop, olga: User) -> None:
    gone = {"account": "slipway-boutique/slipway-deployer", "trouble": "gone", "lacks": [], "why": ""}
    cluster = found(accounts={"boutique": gone})
    clusters.grant(shop.people.boutique, cluster)
    clusters.grant(shop.people.harbor, cluster)

    why = "Slipway may not deploy here for boutique. Ask a platform operator to mend it."
    mine, theirs = said_on("/t/boutique/", shop.people.alice), said_on("/t/harbor/", shop.people.charlie)
    assert "East Rights missing" in mine and why in mine
    assert "East Ready" in theirs and "boutique" not in theirs
    assert "nothing can be deployed there for boutique" in said_on("/platform/clusters/", olga)
    assert "East Rights missing" in said_on("/platform/tenants/boutique/", olga)


def test_what_a_release_found_after_the_last_check_is_told_with_its_own_time(olga: User) -> None:
    at = "2026-03-01T10:00:00+00:00"
    gone = {"account": "slipway-boutique/slipway-deployer", "trouble": "gone", "lacks": [], "why": "", "seen_at": at}
    found(accounts={"boutique": gone}, checked_at="2026-03-01T09:00:00+00:00")
    told = cast.signed_in(olga).get("/api/v1/platform/clusters/east").json()
    assert (told["state"], told["since"]) == ("short", at)
    assert "last check" not in told["why"]


def test_a_cluster_that_is_away_is_away_whatever_a_check_found(olga: User) -> None:
    cluster = found(lacks=["create namespaces"])
    clusters.mark(cluster.pk, state="away", reason="no route to host")
    said = said_on("/platform/clusters/", olga)
    assert "no route to host" in said and "Rights missing" not in said


def test_an_account_that_could_not_be_asked_is_no_missing_right(olga: User) -> None:
    unknown = {"account": "slipway-boutique/slipway-deployer", "trouble": "unknown", "lacks": [], "why": "too slow"}
    found(accounts={"boutique": unknown})
    assert "Rights missing" not in said_on("/platform/clusters/", olga)
