"""Whoever stops an app takes all its instances, whoever set their number; and a stop that failed can be undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps_mgmt.models import App, AppStatus
from portal.access import Ref
from portal.access.ref import APP
from portal.errors import Conflict
from portal.operations.performing import perform
from releases import observing
from releases.drift.looking import drifts
from releases.reasons import Reason
from releases.scaled import REPLICAS
from tenants.clusters import Connection
from tests import cast
from tests.cluster.outsider import Outsider, connection_by
from tests.cluster.planes import alone, real_cluster
from tests.releases.live import Live, Simulator, at_work, wait_for
from tests.releases.stage import Stage
from tests.releases.test_rollout_real import DEPLOYMENTS, NAMESPACE, ends

NAME, KEY = "shop--web", "Deployment/shop--web"


class Counted:
    """A shop of four instances on a cluster where somebody else sets how many there are."""

    def __init__(self, live: Live, outsider: Outsider) -> None:
        self.live, self.outsider = live, outsider
        self.where = next(iter(live.clusters))
        ends(live, live.deploy(), "succeeded")

    def scaled(self, number: int) -> None:
        self.outsider.scale(NAME, number)
        wait_for(self.drifts, what=lambda: "nobody was told")

    def drifts(self) -> bool:
        app = App.objects.get(pk=self.live.app.pk)
        return any(one.field == REPLICAS for one in drifts(app))

    def count(self) -> int:
        return int(self.outsider.get(DEPLOYMENTS, NAME)["spec"]["replicas"])

    def warned(self) -> list[str]:
        ref = Ref(APP, "boutique", "shop")
        preview = perform("app.stop", actor=self.live.bob, ref=ref, data={}, dry_run=True).preview
        return list(preview.warnings) if preview else []


@pytest.fixture(params=["simulated", "real"])
def counted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Counted]:
    if request.param == "real":
        with alone(), at_work():
            way = connection_by(real_cluster())
            live = Live([], others={"east": way})
            yield Counted(live, Outsider(way, namespace=NAMESPACE))
            live.delete()
        return
    simulator = Simulator("north", tmp_path)
    way = Connection(f"http://127.0.0.1:{simulator.port}", "", simulator.token, "", "", name="north")
    try:
        with at_work():
            yield Counted(Live([simulator]), Outsider(way, namespace=NAMESPACE))
    finally:
        simulator.stop()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("left", [True, False], ids=["left to them", "not decided"])
def test_a_stop_takes_the_number_back_and_a_start_gives_what_the_settings_ask_for(counted: Counted, left: bool) -> None:
    live = counted.live
    counted.scaled(3)
    if left:
        live.on_app("drift.leave", cluster=counted.where, object=KEY)
    said = f"The number of instances of {NAME} on {counted.where} is taken back from kubectl"
    assert [one for one in counted.warned() if said in one]
    number = int(live.on_app("app.stop").result["release"])
    ends(live, number, "succeeded")
    assert (counted.count(), live.release(number).targets.get().forced) == (0, {KEY: ["kubectl"]})
    assert App.objects.get(pk=live.app.pk).left == []
    ends(live, int(live.on_app("app.start").result["release"]), "succeeded")
    assert counted.count() == 4
    wait_for(lambda: not counted.drifts(), what=lambda: "it still drifts")


@pytest.fixture
def stage(db: None) -> Stage:
    made = Stage()
    made.deployed()
    return made


def half_stopped(stage: Stage) -> None:
    """A stop that took `web` down on the north, and was refused on the south."""
    stage.on_app("app.stop")
    stage.tells("SetReplicas", Reason("refused", {"words": "no right", "cluster": "north"}))
    stage.work()
    assert stage.release(2).state == "failed"


def test_what_was_stopped_half_way_is_started_again(stage: Stage) -> None:
    with pytest.raises(Conflict, match="not stopped"):
        stage.on_app("app.start")
    half_stopped(stage)
    assert "do/app.start/" in cast.signed_in(stage.people.bob).get("/t/boutique/apps/shop/").text
    assert stage.on_app("app.start").result["release"] == 3
    stage.finish()
    assert stage.release(3).state == "succeeded"
    with pytest.raises(Conflict, match="not stopped"):
        stage.on_app("app.start")


def test_what_was_stopped_half_way_is_not_healthy(stage: Stage) -> None:
    half_stopped(stage)
    stage.ready(stage.north, count=2)
    assert AppStatus.objects.get(app=stage.app).state == "healthy"
    said = stage.says(stage.south, image="registry.example.com/shop:1", count=0)
    observing.observe(stage.south.pk, stage.app.pk, said)
    status = AppStatus.objects.get(app=stage.app)
    assert (status.ready, status.wanted, status.state) == (2, 2, "degraded")
