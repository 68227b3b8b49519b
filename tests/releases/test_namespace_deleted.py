"""A tenant's namespace that somebody deletes: told where people look, with whose it is, and made again by one word."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.access.ref import CLUSTER, Ref
from portal.operations.performing import perform
from releases.models import Provision
from tenants.clusters import PROVISIONER
from tenants.clusters import connection as connect
from tests import cast
from tests.api.caller import Caller
from tests.cluster.outsider import Outsider
from tests.releases.live import Live, wait_for
from tests.releases.test_accounts_lost import on_north_made_ready

pytestmark = pytest.mark.django_db(transaction=True)
NAMESPACE = "slipway-boutique"
SAID = "Slipway's account slipway-boutique/slipway-deployer for boutique on cluster north is not made yet, or gone."


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with on_north_made_ready(tmp_path) as live:
        yield live


def outsider(live: Live) -> Outsider:
    return Outsider(connect(live.clusters["north"].pk, PROVISIONER), namespace="")


def namespace_gone(live: Live) -> None:
    outsider(live).delete("v1/namespaces", NAMESPACE)
    wait_for(lambda: not outsider(live).exists("v1/namespaces", NAMESPACE), what=lambda: "it is still there")


def page(who: Any, path: str) -> str:
    return html.unescape(str(cast.signed_in(who).get(path).text))


def person(name: str) -> Any:
    return getattr(cast.present(), name)


def cluster_page() -> str:
    return page(person("olga"), "/platform/clusters/north/")


def targets(live: Live, number: int) -> list[dict[str, Any]]:
    answer = Caller(person("bob"), live.tenant).get(f"/api/v1/tenants/boutique/apps/shop/releases/{number}")
    rows: list[dict[str, Any]] = answer.json()["targets"]
    return rows


def test_it_is_told_on_both_pages_and_in_the_api_and_made_again_for_all(live: Live) -> None:
    namespace_gone(live)
    number = live.deploy()
    path = f"/t/boutique/apps/shop/releases/{number}/"
    wait_for(lambda: SAID in page(person("bob"), path), what=lambda: page(person("bob"), path))
    assert "make the cluster ready for boutique (cluster.prepare)" in page(person("bob"), path)
    (target,) = targets(live, number)
    assert SAID in target["reason"] and "Attempt" in target["reason"]
    said = "Nothing is deployed there for boutique until it is made ready again."
    wait_for(lambda: said in cluster_page(), what=cluster_page)
    assert "No longer ready" in cluster_page()

    asked = perform("cluster.prepare", actor=cast.actor(person("olga")), ref=Ref(CLUSTER, cluster="north"), data={})
    assert asked.result["tenants"] == ["boutique"]
    live.until(number, "succeeded")
    assert outsider(live).exists("v1/namespaces", NAMESPACE)
    assert "No longer ready" not in cluster_page()


def test_a_blank_tenant_shows_every_namespace_before(live: Live) -> None:
    olga, ref = cast.actor(person("olga")), Ref(CLUSTER, cluster="north")
    preview = perform("cluster.prepare", actor=olga, ref=ref, data={}, dry_run=True).preview
    assert preview is not None
    assert [str(row["after"]).partition(":")[0] for row in preview.spec] == ["slipway", NAMESPACE]
    asked = Provision.objects.filter(cause="asked")
    assert not asked.exists()
