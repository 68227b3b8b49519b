"""A workload that somebody deleted comes back with the next release, whatever its strategy; and a stop needs none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tenants.clusters import PROVISIONER
from tenants.clusters import connection as connect
from tests import cast
from tests.cluster.outsider import Outsider
from tests.releases.live import Live, on_north, wait_for
from tests.releases.test_lost_why import AGAIN, page
from tests.releases.test_strategies import HELD, NEW, find, tracks, waits

pytestmark = pytest.mark.django_db(transaction=True)
ONE = {"kind": "batch", "name": "one", "replicas": "1"}
PAUSED: dict[str, dict[str, Any]] = {
    "batches": {"batch": "25%", "batch_pause": -1},
    "canary": {"steps": [ONE, {"kind": "pause", "name": "look"}]},
    "blue-green": {"keep": 3600},
}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with on_north(tmp_path) as live:
        yield live


def deploy_and_delete(live: Live, **strategy: Any) -> None:
    """Four instances of image 1 ran, by such a strategy, and their workload is gone."""
    live.on_app("release.strategy", **strategy)
    live.until(live.deploy(), "succeeded")
    outside = Outsider(connect(live.clusters["north"].pk, PROVISIONER), namespace="slipway-boutique")
    outside.delete("apps/v1/deployments", "shop--web")
    wait_for(lambda: AGAIN in page() and not tracks(live), what=page)


@pytest.mark.parametrize("kind", PAUSED)
def test_what_waits_for_a_word_waits_with_as_many_as_there_have_to_be(live: Live, kind: str) -> None:
    deploy_and_delete(live, kind=kind, **PAUSED[kind])
    number = live.deploy(NEW)
    waits(live, number)
    assert sum(map(len, tracks(live).values())) >= 4
    assert set(tracks(live)) == {"canary", "stable"}
    while live.release(number).state == "running":
        waits(live, number)
        live.on_release("release.promote", number)
        wait_for(lambda: live.release(number).state != "running" or waits_again(live, number), what=page)
    live.until(number, "succeeded")
    assert tracks(live) == {"stable": ["2"] * 4}


def waits_again(live: Live, number: int) -> bool:
    return bool(set(HELD) & {run.reason.get("code") for run in live.release(number).runs.filter(state="watching")})


@pytest.mark.parametrize("kind", ["recreate", "rolling"])
def test_it_is_made_again_at_once_where_nothing_waits(live: Live, kind: str) -> None:
    deploy_and_delete(live, kind=kind)
    live.until(live.deploy(NEW), "succeeded")
    assert tracks(live) == {"stable": ["2"] * 4}


def test_an_app_of_which_nothing_is_left_can_be_stopped_and_started(live: Live) -> None:
    deploy_and_delete(live, kind="rolling")
    live.until(int(live.on_app("app.stop").result["release"]), "succeeded")
    answer: Any = cast.signed_in(cast.present().bob).get("/api/v1/tenants/boutique/apps/shop").json()
    assert (answer["status"]["state"], find(live, "Deployment", "shop--web")) == ("stopped", {})
    live.until(int(live.on_app("app.start").result["release"]), "succeeded")
    assert tracks(live) == {"stable": ["1"] * 4}
