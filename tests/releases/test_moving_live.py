"""Moving an app between simulated clusters, with everything at work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps_mgmt.models import Deployed, Revision
from releases.gateway import open_gateway
from releases.models import Release
from releases.states import TERMINAL
from tenants.clusters import OBSERVER, PROVISIONER
from tenants.clusters import connection as connect
from tests.cluster.manifests import manifest
from tests.cluster.outsider import Outsider
from tests.releases.live import Live, Simulator, at_work, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    simulators = [Simulator(name, tmp_path) for name in ("north", "west")]
    with at_work():
        live = Live(simulators)
        live.on_app("placement.targets", targets=[{"cluster": "north"}])
        yield live
    for one in simulators:
        one.stop()


def ready(live: Live, cluster: str) -> list[str]:
    """The instances that serve there."""
    with open_gateway(live.clusters[cluster].pk, role=OBSERVER, tenant=live.tenant) as gateway:
        pods = gateway.list_app(str(live.app.pk))["pods"]
    return sorted(pod["metadata"]["name"] for pod in pods if _serves(pod))


def _serves(pod: dict[str, Any]) -> bool:
    conditions = pod.get("status", {}).get("conditions", ())
    return "deletionTimestamp" not in pod["metadata"] and {"Ready": "True"} in [
        {one["type"]: one["status"]} for one in conditions if one["type"] == "Ready"
    ]


def found(live: Live, cluster: str, kind: str, name: str) -> bool:
    with open_gateway(live.clusters[cluster].pk, role=OBSERVER, tenant=live.tenant) as gateway:
        return gateway.find(kind, name) is not None


def watched(live: Live, number: int) -> list[int]:
    """How many instances served, on both clusters together, whenever one looked until the release was over."""
    seen: list[int] = []

    def over() -> bool:
        # West first: what moves in between is counted twice rather than not at all.
        seen.append(len(ready(live, "west")) + len(ready(live, "north")))
        return Release.objects.filter(app=live.app, number=number, state__in=TERMINAL).exists()

    wait_for(over, what=lambda: f"release {number} is {live.release(number).state} ({live.release(number).why})")
    return seen


def keeps_data(live: Live) -> None:
    revision = Revision.objects.get(app=live.app, number=2)
    revision.spec["volumes"] = [{"name": "files", "size": "1Gi"}]
    revision.save()


def test_there_are_never_fewer_instances_and_the_data_stays(live: Live) -> None:
    keeps_data(live)
    live.until(live.deploy(), "succeeded")
    assert (len(ready(live, "north")), ready(live, "west")) == (4, [])
    number = int(live.on_app("placement.move", **{"from": "north", "to": "west"}, leave_data=True).result["release"])
    assert min(watched(live, number)) >= 4
    live.until(number, "succeeded")
    wait_for(lambda: not ready(live, "north"), what=lambda: f"{ready(live, 'north')} are left on north")
    assert (len(ready(live, "west")), found(live, "north", "Deployment", "shop--web")) == (4, False)
    assert found(live, "north", "PersistentVolumeClaim", "shop--files")
    assert list(Deployed.objects.filter(app=live.app).values_list("cluster_name", flat=True)) == ["west"]


def test_where_the_new_cluster_has_no_room_the_old_one_goes_on(live: Live) -> None:
    live.until(live.deploy(), "succeeded")
    before = ready(live, "north")
    outsider = Outsider(connect(live.clusters["west"].pk, PROVISIONER), namespace="slipway-boutique")
    outsider.create("v1/resourcequotas", manifest("v1", "ResourceQuota", "small", spec={"hard": {"pods": "2"}}))
    number = int(live.on_app("placement.move", **{"from": "north", "to": "west"}).result["release"])
    assert min(watched(live, number)) >= 4
    live.until(number, "rolled_back")
    assert ready(live, "north") == before
    wait_for(
        lambda: not found(live, "west", "Deployment", "shop--web"), what=lambda: "west still has what was made there"
    )


def test_an_abort_takes_back_what_was_made_on_the_new_one(live: Live) -> None:
    live.until(live.deploy("registry.example.com/shop:slow"), "succeeded")
    before = ready(live, "north")
    number = int(live.on_app("placement.move", **{"from": "north", "to": "west"}).result["release"])
    wait_for(lambda: found(live, "west", "Deployment", "shop--web"), what=lambda: "nothing is made on west")
    live.on_release("release.abort", number, after="roll_back")
    assert min(watched(live, number)) >= 4
    live.until(number, "rolled_back")
    assert ready(live, "north") == before
    wait_for(lambda: not found(live, "west", "Deployment", "shop--web"), what=lambda: "west is not emptied")
