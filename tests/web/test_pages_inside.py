"""How an app is reached from inside a cluster: by its Service, in the namespace that its tenant has there."""

from __future__ import annotations

import pytest

from apps_mgmt.models import Deployed
from tenants.models import TenantCluster
from tests import cast
from tests.operations.stage import Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def inside(shop: Shop) -> str:
    return cast.signed_in(shop.people.bob).get("/t/boutique/apps/shop/").text


def test_it_is_in_the_namespace_that_the_tenant_was_given(shop: Shop) -> None:
    TenantCluster.objects.filter(tenant=shop.people.boutique).update(namespace="legacy")
    page = inside(shop)
    assert page.count("shop--web.legacy:80") == 1 and "slipway-boutique:" not in page


def test_where_the_namespaces_are_unlike_each_is_told_with_its_cluster(shop: Shop) -> None:
    TenantCluster.objects.filter(tenant=shop.people.boutique, cluster__name="north").update(namespace="legacy")
    page = inside(shop)
    assert "Inside north" in page and "shop--web.legacy:80" in page
    assert "Inside south" in page and "shop--web.slipway-boutique:80" in page


def test_the_namespace_is_where_it_runs_whatever_the_draft_says(shop: Shop) -> None:
    TenantCluster.objects.filter(tenant=shop.people.boutique, cluster__name="south").update(namespace="legacy")
    shop.do("placement.targets", targets=[{"cluster": "north"}])
    assert "shop--web.slipway-boutique:80" in inside(shop), "where nothing runs, the draft says"
    shop.runs()
    Deployed.objects.filter(app=shop.app, cluster_name="south").delete()
    shop.do("placement.targets", targets=[{"cluster": "south"}])
    page = inside(shop)
    assert "shop--web.slipway-boutique:80" in page and "shop--web.legacy" not in page
