"""The agent at a simulated cluster: what happens there is told, once, whole and soon."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from releases.agent import health, watching
from releases.gateway import Gateway
from tenants.models import Cluster
from tests.cluster.listening import LIMIT_SECONDS, Heard, in_thread, listening, until
from tests.cluster.manifests import manifest
from tests.cluster.outsider import connection_to, make_namespace
from tests.cluster.simulators import Simulator
from tests.cluster.watched import World, ready, register, settled

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(simulator: Simulator) -> Iterator[World]:
    with Gateway(connection_to(simulator), namespace=f"slipway-{uuid.uuid4().hex[:8]}") as gateway:
        make_namespace(connection_to(simulator), gateway.namespace)
        yield World(simulator, gateway, register(simulator))
        simulator.faults(down=False, watches_silent=False, status=0)


@pytest.fixture
def app_id() -> str:
    return str(uuid.uuid4())


async def test_a_rollout_is_told_step_by_step_until_it_is_whole(world: World, app_id: str) -> None:
    heard = Heard()
    async with listening(heard):
        await until(lambda: heard.states)
        await world.deploy(app_id, replicas=0)
        await until(lambda: heard.of(app_id))
        await world.scale(app_id, 3)
        await until(lambda: ready(heard.last(app_id)) == 3)
        # The pods are ready a moment before the Deployment has counted them.
        await until(lambda: heard.last(app_id)["workloads"][0]["status"].get("readyReplicas") == 3)
        last = heard.last(app_id)
    assert heard.states == [(world.id, "back", "")]
    assert [item["kind"] for item in last["workloads"] + last["replicasets"]] == ["Deployment", "ReplicaSet"]
    counts = [ready(snapshot) for snapshot in heard.of(app_id)]
    assert (counts[0], counts[-1]) == (0, 3)
    assert counts == sorted(counts)
    assert {snapshot["fencing"] for snapshot in heard.of(app_id)} == {1}


async def test_what_is_there_already_is_told_once_and_whole(world: World, app_id: str) -> None:
    await world.deploy(app_id)
    await until(lambda: settled(world.gateway.list_app(app_id), count=2))
    heard = Heard()
    async with listening(heard):
        await until(lambda: heard.of(app_id))
        await asyncio.sleep(1)
    told = heard.of(app_id)
    assert len(told) == 1
    assert (len(told[0]["workloads"]), len(told[0]["replicasets"]), ready(told[0])) == (1, 1, 2)


async def test_the_agents_picture_is_the_one_the_gateway_lists(world: World, app_id: str) -> None:
    await world.deploy(app_id)
    await until(lambda: settled(world.gateway.list_app(app_id), count=2))
    heard = Heard()
    async with listening(heard):
        await until(lambda: heard.of(app_id))
    listed = world.gateway.list_app(app_id)
    for place in ("workloads", "replicasets", "pods"):
        assert heard.last(app_id)[place] == listed[place]


async def test_an_app_whose_last_object_went_is_told_as_empty(world: World, app_id: str) -> None:
    heard = Heard()
    async with listening(heard):
        await until(lambda: heard.states)
        await world.deploy(app_id)
        await until(lambda: heard.last(app_id)["pods"])
        await world.remove(app_id)
        await until(lambda: not any(heard.last(app_id)[key] for key in ("workloads", "replicasets", "pods")))


async def test_an_instance_that_crashes_is_asked_for_its_own_words(world: World, app_id: str) -> None:
    heard = Heard()

    def said() -> list[dict[str, Any]]:
        return [pod["words"] for pod in heard.last(app_id)["pods"] if pod.get("words", {}).get("log")]

    async with listening(heard):
        await world.deploy(app_id, tag="crash", replicas=1)
        await until(lambda: any(words["restarts"] >= 1 and words["events"] for words in said()))
        words = said()[0]
    assert words["container"] == "web"
    assert 1 <= len(words["log"]) <= 10
    assert {"type", "reason", "message", "count", "at"} == set(words["events"][0])


async def test_what_a_cluster_serves_is_written_to_its_record(world: World) -> None:
    heard = Heard()

    def record() -> Cluster:
        return Cluster.objects.get(pk=world.cluster.pk)

    async with listening(heard), asyncio.timeout(LIMIT_SECONDS):
        while not ((found := await in_thread(record)).capabilities and found.state == "ready"):
            await asyncio.sleep(0.02)
    served = found.capabilities
    assert (found.state, served["gateway_api"], served["cloneset"]) == ("ready", "v1", "v1alpha1")
    assert found.capabilities == world.gateway.capabilities()


async def test_a_report_that_fails_is_made_again(world: World, app_id: str) -> None:
    heard = Heard()
    heard.refuse = 1
    await world.deploy(app_id)
    async with listening(heard):
        await until(lambda: ready(heard.last(app_id)) == 2)
    assert heard.refuse == 0


async def test_one_watch_that_is_refused_ends_those_that_are_still_open(
    world: World, app_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cluster asks for rights only when a request begins, and watches go on for minutes."""
    lasting = iter([2])

    def lasts(least: int, most: int) -> int:
        return next(lasting, most) if (least, most) == watching.WATCH_SECONDS else randint(least, most)

    randint = watching.random.randint
    monkeypatch.setattr(watching.random, "randint", lasts)
    monkeypatch.setattr(health, "LOST_AFTER_SECONDS", 1.0)
    rules = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
    account = {"kind": "ServiceAccount", "name": "watcher", "namespace": "default"}
    admin = manifest("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "watcher", roleRef=role, subjects=[account])
    client = world.simulator
    client.request("POST", "/api/v1/namespaces/default/serviceaccounts", manifest("v1", "ServiceAccount", "watcher"))
    client.request("POST", rules, admin)
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token = client.request("POST", "/api/v1/namespaces/default/serviceaccounts/watcher/token", asked)
    heard, cluster = Heard(), await in_thread(register, client, name="south", token=token.body["status"]["token"])
    async with listening(heard):
        await until(lambda: (str(cluster.pk), "back", "") in heard.states)
        await world.deploy(app_id)
        await until(lambda: settled(heard.last(app_id), count=2))
        client.request("DELETE", f"{rules}/watcher")
        await until(lambda: any(one[:2] == (str(cluster.pk), "lost") for one in heard.states))
        told = sum(one[0] == str(cluster.pk) for one in heard.snapshots)
        await world.scale(app_id, 4)
        await asyncio.sleep(2)
        assert sum(one[0] == str(cluster.pk) for one in heard.snapshots) == told
