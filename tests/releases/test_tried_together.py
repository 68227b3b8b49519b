"""A `recreate` on several clusters at once: where one of them refuses what comes, nobody goes down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from releases.models import Observation, StepRun
from releases.observation import load
from tenants.clusters import Connection
from tests.cluster.outsider import Outsider
from tests.releases.live import Live, Simulator, at_work, wait_for
from tests.releases.test_others_hold_real import IMAGE, NAME
from tests.releases.test_rollout_real import DEPLOYMENTS, NAMESPACE, ends

pytestmark = pytest.mark.django_db(transaction=True)
AT = "/spec/template/spec/containers/0/image"


def outsider_at(simulator: Simulator) -> Outsider:
    url = f"http://127.0.0.1:{simulator.port}"
    way = Connection(server=url, ca_pem="", token=simulator.token, client_cert="", client_key="", name=simulator.name)
    return Outsider(way, namespace=NAMESPACE)


def ready(live: Live) -> list[int]:
    return sorted(facts.ready for row in Observation.objects.filter(app=live.app) if (facts := load(row.facts)))


@pytest.fixture
def simulators(tmp_path: Path) -> Iterator[dict[str, Simulator]]:
    started = {name: Simulator(name, tmp_path) for name in ("north", "south")}
    yield started
    for one in started.values():
        one.stop()


@pytest.mark.parametrize("refusing", ["north", "south"])
def test_where_one_cluster_refuses_the_other_keeps_its_instances(
    refusing: str, simulators: dict[str, Simulator]
) -> None:
    there = {name: outsider_at(one) for name, one in simulators.items()}
    with at_work():
        live = Live(list(simulators.values()))
        live.on_app("release.strategy", kind="recreate")
        live.on_app("release.waves", across="together")
        ends(live, live.deploy(), "succeeded")
        for image in ("registry.example.com/hotfix:9", f"{IMAGE}:1"):
            step = {"op": "replace", "path": AT, "value": image}
            there[refusing].edit(DEPLOYMENTS, NAME, step, manager="kubectl-set")

        failed = live.until(live.deploy(f"{IMAGE}:2"), "failed", "succeeded")
        assert failed.state == "failed" and "kubectl-set" in failed.why, failed.why
        assert set(StepRun.objects.filter(release=failed).values_list("step", flat=True)) == {1}
        for one in there.values():
            assert one.get(DEPLOYMENTS, NAME)["spec"]["replicas"] == 2
        wait_for(lambda: ready(live) == [2, 2], what=lambda: f"{ready(live)} are ready")
