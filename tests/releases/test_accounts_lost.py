"""Somebody takes away what provision releases made: it is told which account lacks what, and making ready mends it."""

from __future__ import annotations

import html
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from portal.access.ref import CLUSTER, Ref
from portal.operations.performing import perform
from releases.agent import health, session
from releases.gateway import minting
from releases.models import Provision
from tenants.clusters import PROVISIONER
from tenants.clusters import connection as connect
from tenants.models import Cluster
from tests import cast
from tests.api.caller import Caller
from tests.cluster.outsider import Outsider, connection_by
from tests.cluster.planes import alone, real_cluster
from tests.releases.live import Live, Simulator, at_work, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
RBAC = "rbac.authorization.k8s.io/v1"
NAMESPACE, OBSERVER, DEPLOYER = "slipway-boutique", "slipway-observer", "slipway-deployer"
PAGE = "/platform/clusters/north/"


@pytest.fixture
def quiet() -> float:
    """Seconds without a word after which the agent begins a watch anew: a cluster asks for rights when one begins."""
    return 2.0


@pytest.fixture(params=["simulated", "real"])
def live(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet: float
) -> Iterator[Live]:
    """One cluster `north` that is made ready."""
    monkeypatch.setattr(health, "LOST_AFTER_SECONDS", 1.0)
    monkeypatch.setattr(session, "QUIET_SECONDS", quiet)
    minting._tokens.clear()
    if request.param == "simulated":
        simulator = Simulator("north", tmp_path)
        with at_work():
            yield made_ready(Live([simulator]))
        simulator.stop()
        return
    connection = connection_by(real_cluster())
    with alone(), at_work():
        live = made_ready(Live([], others={"north": connection}))
        yield live
        for tenant in ("", "boutique"):
            operate("cluster.prepare", tenant=tenant)
        made_ready(live)


@contextmanager
def on_north_made_ready(folder: Path) -> Iterator[Live]:
    """All of it at work with one simulated cluster `north` that is made ready."""
    minting._tokens.clear()
    simulator = Simulator("north", folder)
    with at_work():
        yield made_ready(Live([simulator]))
    simulator.stop()


def made_ready(live: Live) -> Live:
    def ready() -> bool:
        newest = Provision.objects.order_by("tenant_id", "-id").distinct("tenant_id")
        return [one.state for one in newest] == [Provision.State.SUCCEEDED] * 2 and state() == "ready"

    wait_for(ready, what=lambda: f"{state()}: {list(Provision.objects.values_list('namespace', 'state', 'reason'))}")
    return live


def state() -> str:
    return Cluster.objects.get(name="north").state


def everywhere(live: Live, *, namespace: str = NAMESPACE) -> Outsider:
    return Outsider(connect(live.clusters["north"].pk, PROVISIONER), namespace=namespace)


def delete_cluster_binding(live: Live) -> None:
    path = f"/apis/{RBAC}/clusterrolebindings/{OBSERVER}"
    everywhere(live)._send("DELETE", path, {}, {}, "application/json")


def operate(name: str, **data: Any) -> Any:
    olga = cast.actor(cast.present().olga)
    return perform(name, actor=olga, ref=Ref(CLUSTER, cluster="north"), data=data)


def mended(tenant: str) -> None:
    operate("cluster.prepare", tenant=tenant)
    wait_for(
        lambda: state() == "ready" and operate("cluster.check").result["warnings"] == [],
        what=lambda: f"{state()}: {Cluster.objects.get(name='north').state_reason}",
    )


def test_an_observer_without_its_binding_is_told_by_the_agent_as_one_that_may_not_look(live: Live) -> None:
    delete_cluster_binding(live)
    wait_for(lambda: state() == "blind", what=state)

    why = Cluster.objects.get(name="north").state_reason
    assert "account slipway/slipway-observer may not" in why and "make the cluster ready again" in why
    page = html.unescape(cast.signed_in(cast.present().olga).get(PAGE).text)
    assert "May not look" in page and why in page and "Away" not in page
    mended("")


@pytest.mark.parametrize("quiet", [session.QUIET_SECONDS])
def test_a_check_that_finds_rights_gone_ends_the_watches_that_are_open(live: Live, quiet: float) -> None:
    delete_cluster_binding(live)
    # The cluster hears of it a moment later, too.
    wait_for(lambda: operate("cluster.check").result["warnings"], what=state)
    found_at = time.monotonic()

    def why() -> str:
        return Cluster.objects.get(name="north").state_reason

    wait_for(lambda: "account slipway/slipway-observer may not" in why(), what=why)
    assert state() == "blind" and time.monotonic() - found_at < quiet
    mended("")


def test_a_check_says_which_account_lacks_which_rights_on_page_and_api_and_command(live: Live) -> None:
    delete_cluster_binding(live)
    wait_for(lambda: state() == "blind", what=state)

    said = [one for one in operate("cluster.check").result["warnings"] if OBSERVER in one]
    assert len(said) == 1 and "may no longer get, list, watch namespaces" in said[0]
    assert "until the cluster is made ready again" in said[0]
    olga = cast.present().olga
    assert said[0] in cast.signed_in(olga).get(PAGE).text
    told = Caller(olga, None).get("/api/v1/platform/clusters/north").json()
    assert (told["state"], told["ready"], told["why"]) == ("blind", "failed", said[0])
    assert (told["accounts"][0]["account"], told["accounts"][0]["trouble"]) == (f"slipway/{OBSERVER}", "lacking")
    assert "list pods" in told["accounts"][0]["lacks"]
    mended("")
    assert Caller(olga, None).get("/api/v1/platform/clusters/north").json()["ready"] == "succeeded"


def test_an_observer_that_is_gone_is_told_as_such_and_made_again(live: Live) -> None:
    everywhere(live, namespace="slipway").delete("v1/serviceaccounts", OBSERVER)
    said = operate("cluster.check").result["warnings"]

    assert any(f"The account slipway/{OBSERVER}, which Slipway made there, is gone." in one for one in said), said
    assert state() == "blind"
    mended("")


@pytest.mark.parametrize("lost", ["rolebindings", "roles", "serviceaccounts"])
def test_a_deployer_that_lost_its_rights_is_told_with_its_tenant_and_mended(live: Live, lost: str) -> None:
    everywhere(live).delete("v1/serviceaccounts" if lost == "serviceaccounts" else f"{RBAC}/{lost}", DEPLOYER)
    api = Caller(cast.present().olga, None)

    def told() -> str:
        operate("cluster.check")
        return str(api.get("/api/v1/platform/clusters/north").json()["namespaces"][0]["why"])

    why = wait_for(told, what=lambda: "nothing is told")
    assert f"The account {NAMESPACE}/{DEPLOYER}" in why
    assert "Nothing is deployed there for boutique until it is made ready again." in why
    assert ("is gone" in why) == (lost == "serviceaccounts")
    assert state() == "ready" and "No longer ready" in cast.signed_in(cast.present().olga).get(PAGE).text
    mended("boutique")
    live.until(live.deploy(), "succeeded")
    live.delete()
    assert not everywhere(live).get("apps/v1/deployments")["items"]


def test_a_binding_that_gives_another_role_is_made_anew(live: Live) -> None:
    there = everywhere(live)
    binding = there.get(f"{RBAC}/rolebindings", DEPLOYER)
    there.delete(f"{RBAC}/rolebindings", DEPLOYER)
    kept = {"name": DEPLOYER, "namespace": NAMESPACE}
    there.create(
        f"{RBAC}/rolebindings",
        {**binding, "metadata": kept, "roleRef": {**binding["roleRef"], "kind": "ClusterRole", "name": "view"}},
    )
    wait_for(lambda: operate("cluster.check").result["warnings"], what=lambda: "nothing is told")
    mended("boutique")
    assert there.get(f"{RBAC}/rolebindings", DEPLOYER)["roleRef"] == binding["roleRef"]
