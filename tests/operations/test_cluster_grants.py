"""A tenant gets a namespace of its own on a cluster, or one that is there already, which nobody else has."""

from __future__ import annotations

import pytest

from apps_mgmt.rendering.tenancy import SYSTEM
from portal.access import Ref
from portal.access.ref import CLUSTER
from portal.errors import Refused
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from tenants import clusters
from tenants.models import Cluster
from tests import cast, east
from tests.cluster.manifests import container, manifest
from tests.operations.stage import Shop

pytestmark = pytest.mark.django_db
HALL, AWAY = Ref(CLUSTER, cluster="hall"), Ref(CLUSTER, cluster="away")


@pytest.fixture
def hall(shop: Shop) -> Cluster:
    """A cluster that answers, where the namespace `legacy-shop` is with one Deployment."""
    east.with_legacy("legacy-shop")
    return cast.cluster("hall", server=east.simulator().url, token=east.simulator().token)


@pytest.fixture
def away(shop: Shop) -> Cluster:
    return cast.cluster("away")


def let_in(shop: Shop, tenant: str, *, ref: Ref = HALL, **data: str) -> Outcome:
    return perform("cluster.grant", actor=cast.actor(shop.people.olga), ref=ref, data={"tenant": tenant, **data})


def preview(shop: Shop, tenant: str, *, ref: Ref = HALL, **data: str) -> str:
    """What is shown of a grant before it is done."""
    given = {"tenant": tenant, **data}
    shown = perform("cluster.grant", actor=cast.actor(shop.people.olga), ref=ref, data=given, dry_run=True)
    assert shown.preview is not None
    return str(shown.preview.spec[0]["after"])


def test_without_a_word_it_is_one_of_its_own(shop: Shop, hall: Cluster) -> None:
    let_in(shop, "boutique")
    assert clusters.namespace_of(shop.people.boutique.pk, hall.pk) == "slipway-boutique"


def test_one_that_is_there_already_can_be_given(shop: Shop, hall: Cluster) -> None:
    outcome = let_in(shop, "boutique", namespace="legacy-shop")
    assert outcome.changed
    assert clusters.namespace_of(shop.people.boutique.pk, hall.pk) == "legacy-shop"


def warned(shop: Shop, namespace: str) -> str:
    given = {"tenant": "boutique", "namespace": namespace}
    shown = perform("cluster.grant", actor=cast.actor(shop.people.olga), ref=HALL, data=given, dry_run=True)
    assert shown.preview is not None
    return " ".join(map(str, shown.preview.warnings))


def test_before_it_is_given_is_shown_which_pods_break_its_level(shop: Shop, hall: Cluster) -> None:
    assert "gets the Pod Security level baseline. No pod there breaks it." in warned(shop, "legacy-shop")

    spec = {"containers": [container()], "hostNetwork": True, "hostPID": True}
    node = manifest("v1", "Pod", "node-agent", spec=spec)
    east.simulator().request("POST", "/api/v1/namespaces/legacy-shop/pods", node)
    try:
        said = warned(shop, "legacy-shop")
    finally:
        east.simulator().request("DELETE", "/api/v1/namespaces/legacy-shop/pods/node-agent")
    assert "are refused as soon as they are made anew: node-agent: host namespaces. Mend them first" in said
    # It was asked, and nothing was changed.
    there = east.simulator().request("GET", "/api/v1/namespaces/legacy-shop")
    assert not any(name.startswith("pod-security") for name in there.body["metadata"].get("labels") or {})


def test_who_may_not_ask_for_it_is_told_how_it_is_found_out(shop: Shop) -> None:
    east.with_legacy("legacy-shop")
    cast.cluster("hall", server=east.simulator().url, token=east.token_of_viewer())
    assert "told by: kubectl label --dry-run=server --overwrite namespace legacy-shop" in warned(shop, "legacy-shop")


def test_before_it_is_given_is_shown_what_is_in_it(shop: Shop, hall: Cluster) -> None:
    shown = preview(shop, "boutique", namespace="legacy-shop")
    assert shown == "boutique; takes the existing namespace legacy-shop with 1 Deployment"


def test_a_namespace_of_its_own_is_shown_as_the_new_one_it_is(shop: Shop, hall: Cluster) -> None:
    assert preview(shop, "harbor") == "harbor; makes the new namespace slipway-harbor"
    assert preview(shop, "harbor", namespace="slipway-harbor") == "harbor; makes the new namespace slipway-harbor"


def test_a_namespace_with_a_slip_of_the_pen_is_not_made(shop: Shop, hall: Cluster) -> None:
    sentence = "There is no namespace legacy-shpo .* leave the field empty: then the tenant gets .* slipway-boutique"
    with pytest.raises(Refused, match=sentence) as refusal:
        let_in(shop, "boutique", namespace="legacy-shpo")
    assert refusal.value.field == "namespace"
    assert not hall.grants.exists()


def test_of_a_cluster_that_is_away_is_said_that_it_cannot_be_asked(shop: Shop, away: Cluster) -> None:
    assert preview(shop, "boutique", ref=AWAY) == (
        "boutique, in the namespace slipway-boutique; whether it is there cannot be asked "
        "(the cluster does not answer: no connection)"
    )
    assert let_in(shop, "boutique", ref=AWAY).changed
    with pytest.raises(Refused, match=r"legacy-shop is there cannot be asked .* leave the field empty"):
        let_in(shop, "harbor", ref=AWAY, namespace="legacy-shop")


def test_what_another_tenant_has_cannot_be_given(shop: Shop, hall: Cluster) -> None:
    let_in(shop, "boutique", namespace="legacy-shop")
    with pytest.raises(Refused, match="The tenant boutique has the namespace legacy-shop on this cluster"):
        let_in(shop, "harbor", namespace="legacy-shop")


@pytest.mark.parametrize("name", ["kube-system", "kube-public", "kube-node-lease"])
def test_a_namespace_of_the_cluster_itself_cannot_be_given(shop: Shop, hall: Cluster, name: str) -> None:
    with pytest.raises(Refused, match="belongs to the cluster itself"):
        let_in(shop, "boutique", namespace=name)


def test_the_one_in_which_slipway_has_its_own_account_cannot_be_given(shop: Shop, hall: Cluster) -> None:
    with pytest.raises(Refused, match="Slipway has its own account"):
        let_in(shop, "boutique", namespace=SYSTEM)


def test_another_tenants_own_cannot_be_given_even_before_that_tenant_came(shop: Shop, hall: Cluster) -> None:
    with pytest.raises(Refused, match="kept for the tenant named after it"):
        let_in(shop, "boutique", namespace="slipway-harbor")


def test_what_is_no_name_is_refused(shop: Shop, hall: Cluster) -> None:
    with pytest.raises(Refused, match="cannot be a namespace"):
        let_in(shop, "boutique", namespace="Legacy_Shop")


def test_a_tenant_keeps_the_namespace_it_has(shop: Shop, hall: Cluster) -> None:
    let_in(shop, "boutique")
    with pytest.raises(Refused, match="Take the cluster from it first"):
        let_in(shop, "boutique", namespace="legacy-shop")


def test_a_tenant_that_lost_the_cluster_leaves_its_namespace_to_others(shop: Shop, hall: Cluster) -> None:
    let_in(shop, "boutique", namespace="legacy-shop")
    perform("cluster.revoke", actor=cast.actor(shop.people.olga), ref=HALL, data={"tenant": "boutique"})
    let_in(shop, "harbor", namespace="legacy-shop")
    assert clusters.namespace_of(shop.people.harbor.pk, hall.pk) == "legacy-shop"
