"""Somebody writes over the labels by which Slipway knows what it made: it is told, and the next release mends it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps_mgmt.models import App, AppStatus
from portal.access.ref import TENANT, Ref
from portal.operations.performing import perform
from releases.drift.looking import drifts
from releases.gateway.ownership import FENCE
from releases.models import Observation
from tenants.clusters import PROVISIONER
from tenants.clusters import connection as connect
from tests import cast
from tests.api.caller import Caller
from tests.cluster.outsider import Outsider, connection_by
from tests.cluster.planes import alone, real_cluster
from tests.releases.live import Live, Simulator, at_work, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
DEPLOYMENTS, PODS, WEB = "apps/v1/deployments", "v1/pods", "shop--web"
APP_ID, MANAGED_BY = "slipway.dev/app-id", "app.kubernetes.io/managed-by"
LOST = "1 workload lost the label by which Slipway knows it. Deploy puts it back."


@pytest.fixture(params=["simulated", "real"])
def live(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Live]:
    """`shop` runs with four instances on one cluster; nothing of it is left afterwards."""
    if request.param == "simulated":
        simulator = Simulator("north", tmp_path)
        with at_work():
            live = Live([simulator])
            live.until(live.deploy(), "succeeded")
            yield live
            emptied(live)
        simulator.stop()
        return
    with alone(), at_work():
        live = Live([], others={"north": connection_by(real_cluster())})
        live.until(live.deploy(), "succeeded")
        yield live
        emptied(live)


def there(live: Live) -> Outsider:
    return Outsider(connect(live.clusters["north"].pk, PROVISIONER), namespace="slipway-boutique")


def emptied(live: Live) -> None:
    """Delete the app; that it goes although a label may be lost is part of what is tested."""
    live.delete()
    wait_for(
        lambda: not there(live).get(DEPLOYMENTS)["items"] and not there(live).get(PODS)["items"],
        what=lambda: str([one["metadata"]["name"] for one in there(live).get(PODS)["items"]]),
    )


def relabel(live: Live, labels: dict[str, Any], *, resource: str = DEPLOYMENTS, name: str = WEB) -> None:
    there(live).merge(resource, name, {"metadata": {"labels": labels}}, manager="kubectl-label")


def instances(live: Live) -> set[str]:
    return {one["metadata"]["name"] for one in there(live).get(PODS)["items"]}


def told(live: Live) -> dict[str, int]:
    row = next(iter(AppStatus.objects.get(app=live.app).clusters), {})
    return dict(row.get("trouble", {}))


def known(live: Live) -> bool:
    status = AppStatus.objects.get(app=live.app)
    return (status.state, status.ready) == ("healthy", 4)


@pytest.mark.parametrize("labels", [{APP_ID: "oops"}, {APP_ID: None}, {MANAGED_BY: "Helm"}], ids=str)
def test_a_changed_label_is_told_on_page_and_api_and_put_back_without_a_restart(
    live: Live, labels: dict[str, str | None]
) -> None:
    uid, before = there(live).get(DEPLOYMENTS, WEB)["metadata"]["uid"], instances(live)
    relabel(live, labels)
    wait_for(lambda: told(live) == {"astray": 1}, what=lambda: str(told(live)))
    people = cast.present()
    assert LOST in cast.signed_in(people.bob).get("/t/boutique/apps/shop/").text
    row = Caller(people.bob, people.boutique).get("/api/v1/tenants/boutique/apps/shop").json()
    assert row["status"]["clusters"][0]["trouble"] == {"astray": 1}

    live.until(live.deploy(), "succeeded")
    wait_for(lambda: known(live) and not told(live), what=lambda: str(told(live)))
    live_now = there(live).get(DEPLOYMENTS)["items"]
    assert [one["metadata"]["uid"] for one in live_now] == [uid]
    assert live_now[0]["metadata"]["labels"][APP_ID] == str(live.app.pk)
    assert instances(live) == before


def test_an_app_that_lost_its_label_is_deleted_whole(live: Live) -> None:
    relabel(live, {APP_ID: None})
    wait_for(lambda: told(live) == {"astray": 1}, what=lambda: str(told(live)))


def test_an_app_is_not_given_what_somebody_labelled_as_its_own(live: Live) -> None:
    made = {"name": "other", "image": "registry.example.com/other:1", "port": 8080, "replicas": 1}
    perform("app.create", actor=live.bob, ref=Ref(TENANT, "boutique"), data=made)
    other = AppStatus.objects.get(app__name="other").app
    relabel(live, {APP_ID: str(other.pk)})
    wait_for(lambda: told(live) == {"astray": 1}, what=lambda: str(told(live)))
    assert not Observation.objects.filter(app=other).exclude(facts__workloads=[], facts__orphans=0).exists()


def test_a_scale_and_a_changed_template_label_by_somebody_else_are_drift_that_is_taken_over(live: Live) -> None:
    cluster = there(live)
    template = {"spec": {"template": {"metadata": {"labels": {APP_ID: "oops"}}}}}
    cluster.merge(DEPLOYMENTS, WEB, template, manager="kubectl-edit")
    cluster.scale(WEB, 0, manager="kubectl")

    def found() -> dict[str, str]:
        return {one.field: one.manager for one in drifts(App.objects.get(pk=live.app.pk))}

    changed = {".spec.replicas": "", f".spec.template.metadata.labels.{APP_ID}": "kubectl-edit"}
    wait_for(lambda: found() == changed, what=lambda: str(found()), seconds=60)
    page = cast.signed_in(cast.present().bob).get("/t/boutique/apps/shop/").text
    assert "kubectl-edit" in page and "Somebody" in page and "Take over" in page
    taken = live.on_app("drift.take_over", cluster="north", object=f"Deployment/{WEB}")
    live.until(int(taken.result["release"]), "succeeded")
    wait_for(lambda: known(live), what=lambda: str(AppStatus.objects.get(app=live.app).__dict__))
    wait_for(lambda: len(instances(live)) == 4, what=lambda: str(instances(live)))
    labels = {one["metadata"]["labels"][APP_ID] for one in cluster.get(PODS)["items"]}
    assert labels == {str(live.app.pk)}


def test_an_instance_with_another_label_is_seen_again_when_it_is_made_anew(live: Live) -> None:
    name = sorted(instances(live))[0]
    relabel(live, {APP_ID: "oops"}, resource=PODS, name=name)
    live.on_app("process.restart", process="web")
    live.until(live.app.releases.order_by("-number").first().number, "succeeded")
    wait_for(lambda: name not in instances(live) and known(live), what=lambda: str(instances(live)))


def test_a_fence_that_somebody_wrote_stops_no_release_and_no_deletion(live: Live) -> None:
    written = {"metadata": {"annotations": {FENCE: "999999"}}}
    there(live).merge(DEPLOYMENTS, WEB, written)
    live.until(live.deploy("registry.example.com/shop:2"), "succeeded")
    assert there(live).get(DEPLOYMENTS, WEB)["metadata"]["annotations"][FENCE] != "999999"
    there(live).merge(DEPLOYMENTS, WEB, written)
    live.until(int(live.on_app("process.restart", process="web").result["release"]), "succeeded")
    there(live).merge(DEPLOYMENTS, WEB, written)
