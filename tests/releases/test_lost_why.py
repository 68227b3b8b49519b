"""What became of a workload that is there no more, told where people look: before a release meets it, and truly."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import APP, CLUSTER
from portal.operations.performing import perform
from portal.operations.subject import Preview
from releases import missing
from tenants.clusters import PROVISIONER, Connection
from tenants.clusters import connection as connect
from tests import cast
from tests.cluster.manifests import deployment
from tests.cluster.outsider import Outsider
from tests.cluster.shop import DEPLOYMENTS
from tests.releases.live import Live, Simulator, at_work, wait_for
from tests.releases.test_accounts_lost import on_north_made_ready
from tests.releases.test_adopting import TWO, Takeover

pytestmark = pytest.mark.django_db(transaction=True)
NAMESPACE = "slipway-boutique"
AGAIN = "Deploy makes it again."
UNREADY = "A release waits until a platform operator makes the cluster ready again (cluster.prepare)."
REPLACED = (
    "Delete that one there and deploy; or, if the app is on no other cluster, take it over in its place (app.adopt)."
)
IN_ITS_PLACE = (
    "frontend on north: deleted outside Slipway, and another one of its name was made. A release is refused: delete "
    "that one there and deploy; or, if the app is on no other cluster, take it over in its place (app.adopt)."
)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missing, "FIRST_PAUSE", timedelta(seconds=0.3))
    monkeypatch.setattr(missing, "LONGEST_PAUSE", timedelta(seconds=0.6))


def page() -> str:
    return html.unescape(str(cast.signed_in(cast.present().bob).get("/t/boutique/apps/shop/").text))


def preview(operation: str = "release.start") -> Preview:
    ref = Ref(APP, "boutique", "shop")
    shown = perform(operation, actor=cast.actor(cast.present().bob), ref=ref, data={}, dry_run=True).preview
    assert shown is not None
    return shown


def foretold() -> str:
    return str(preview().happens)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with on_north_made_ready(tmp_path) as live:
        yield live


def test_where_the_namespace_went_as_well_somebody_has_to_make_it_ready(live: Live) -> None:
    live.until(live.deploy(), "succeeded")
    outside = Outsider(connect(live.clusters["north"].pk, PROVISIONER), namespace=NAMESPACE)
    Outsider(connect(live.clusters["north"].pk, PROVISIONER), namespace="").delete("v1/namespaces", NAMESPACE)
    wait_for(lambda: UNREADY in page(), what=page)
    assert AGAIN not in page() and UNREADY in foretold()

    perform("cluster.prepare", actor=cast.actor(cast.present().olga), ref=Ref(CLUSTER, cluster="north"), data={})
    wait_for(lambda: AGAIN in page(), what=page)
    assert UNREADY not in page()
    live.until(live.deploy(), "succeeded")
    assert outside.exists(DEPLOYMENTS, "shop--web")
    wait_for(lambda: AGAIN not in page(), what=page)


def test_one_that_was_deleted_alone_is_made_again_by_a_deploy(live: Live) -> None:
    live.until(live.deploy(), "succeeded")
    outside = Outsider(connect(live.clusters["north"].pk, PROVISIONER), namespace=NAMESPACE)
    outside.delete(DEPLOYMENTS, "shop--web")
    wait_for(lambda: AGAIN in page(), what=page)
    assert "is made again" in foretold()


@pytest.fixture
def takeover(tmp_path: Path) -> Iterator[Takeover]:
    simulator = Simulator("north", tmp_path)
    try:
        with at_work():
            way = Connection(f"http://127.0.0.1:{simulator.port}", "", simulator.token, "", "", name="north")
            yield Takeover(way)
    finally:
        simulator.stop()


def test_another_one_in_the_place_of_one_that_was_taken_over_is_told_before_a_release(takeover: Takeover) -> None:
    takeover.ends(int(takeover.adopt().result["release"]))
    takeover.outsider.delete(DEPLOYMENTS, "frontend")
    wait_for(lambda: AGAIN in page(), what=page)
    takeover.outsider.create(DEPLOYMENTS, deployment("frontend", image=TWO, replicas=3))
    wait_for(lambda: REPLACED in page(), what=page)
    assert AGAIN not in page() and REPLACED in foretold()
    assert not any("another one of its name" in one for one in preview().warnings)  # it is said once
    assert IN_ITS_PLACE in preview("process.restart").warnings
    takeover.do("process.scale", process="web", replicas=5)
    assert IN_ITS_PLACE in preview().warnings
    takeover.do("draft.undo")

    answer: Any = cast.signed_in(takeover.person).get("/api/v1/tenants/boutique/apps/shop").json()
    assert answer["status"]["clusters"][0]["trouble"] == {"replaced": 1}

    takeover.outsider.delete(DEPLOYMENTS, "frontend")
    wait_for(lambda: AGAIN in page(), what=page)
    takeover.outsider.create(DEPLOYMENTS, deployment("frontend", image=TWO, replicas=3))
    wait_for(lambda: REPLACED in page(), what=page)
    wait_for(lambda: len(takeover.pods()) == 3 and takeover.is_whole(), what=takeover.pods)
    takeover.ends(int(takeover.adopt().result["release"]))
    wait_for(lambda: REPLACED not in page() and AGAIN not in page(), what=page)
