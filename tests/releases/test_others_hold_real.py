"""Somebody pauses a rollout, on a real control plane and on a simulated cluster, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from releases.models import Observation, StepRun
from releases.observation import load
from releases.reasons import Reason
from releases.wording import words
from tenants.clusters import Connection
from tests.cluster.outsider import Outsider, connection_by
from tests.cluster.planes import alone, real_cluster
from tests.releases.live import Live, Simulator, at_work, wait_for
from tests.releases.test_rollout_real import DEPLOYMENTS, NAMESPACE, ends, gone

pytestmark = pytest.mark.django_db(transaction=True)
NAME, IMAGE = "shop--web", "registry.example.com/shop"


@pytest.fixture(params=["simulated", "real"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Live, Outsider]]:
    """The app on one cluster, two instances of it, and somebody else there."""
    simulator = Simulator("north", tmp_path) if request.param == "simulated" else None
    if simulator:
        url = f"http://127.0.0.1:{simulator.port}"
        way = Connection(server=url, ca_pem="", token=simulator.token, client_cert="", client_key="", name="north")
    else:
        way = connection_by(real_cluster("real"))
    with alone(), at_work():
        live = Live([simulator] if simulator else [], others={} if simulator else {"north": way})
        live.on_app("process.scale", process="web", replicas=2)
        yield live, Outsider(way, namespace=NAMESPACE)
        live.on_app("app.delete", actor=live.alice, confirm="shop")
        wait_for(lambda: gone(live, "north"), what=lambda: "something is left")
    if simulator:
        simulator.stop()


def facts(live: Live) -> Any:
    row = Observation.objects.filter(app=live.app).first()
    seen = load(row.facts) if row else None
    return seen.workload("Deployment", NAME) if seen else None


def told(live: Live, number: int) -> list[dict[str, Any]]:
    return [run.reason for run in StepRun.objects.filter(release=live.release(number)) if run.reason]


def test_a_rollout_that_somebody_paused_is_told_and_goes_on_when_it_is_resumed(place: tuple[Live, Outsider]) -> None:
    live, outsider = place
    ends(live, live.deploy(), "succeeded")
    outsider.merge(DEPLOYMENTS, NAME, {"spec": {"paused": True}}, manager="kubectl-rollout")
    number = live.deploy(f"{IMAGE}:2")
    wait_for(
        lambda: any(one["code"] == "held" for one in told(live, number)),
        what=lambda: f"what is told is {told(live, number)}",
        seconds=60,
    )
    now = facts(live)
    assert [one.current for one in now.instances] == [False, False], "old instances are counted as new"
    assert any("kubectl-rollout paused" in line for line in _sentences(live, number))
    outsider.merge(DEPLOYMENTS, NAME, {"spec": {"paused": None}}, manager="kubectl-rollout")
    ends(live, number, "succeeded")


def _sentences(live: Live, number: int) -> list[str]:
    return [words(Reason.load(one)) for one in told(live, number)]
