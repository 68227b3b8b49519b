"""Instances that carry no label of Slipway, because their workload was taken over, are told by who owns them."""

from __future__ import annotations

import asyncio
import copy
import uuid
from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest

from releases import reading
from releases.agent.store import Store
from releases.gateway import Gateway
from releases.gateway.ownership import ADOPTED, ADOPTS, APP_ID, MANAGED_BY
from releases.gateway.taken import taken_in
from tests.cluster.listening import LIMIT_SECONDS, Heard, in_thread, listening, until
from tests.cluster.manifests import deployment
from tests.cluster.outsider import Outsider, connection_to, make_namespace
from tests.cluster.shop import DEPLOYMENTS
from tests.cluster.simulators import Simulator
from tests.cluster.watched import ready, register

Raw = dict[str, Any]
IDENTITY = {"slipway.dev/app": "shop", "slipway.dev/process": "web", "slipway.dev/track": "stable"}


def item(name: str, *, owner: str = "", labels: Raw | None = None, version: int = 1) -> Raw:
    owners = [{"kind": "x", "name": "x", "uid": owner, "controller": True}] if owner else []
    meta = {"name": name, "namespace": "legacy", "uid": f"u-{name}", "resourceVersion": str(version)}
    return {"metadata": {**meta, "labels": labels or {}, "ownerReferences": owners}, "spec": {}, "status": {}}


WORKLOAD = ("Deployment", item("frontend", labels={APP_ID: "7", MANAGED_BY: "slipway", ADOPTED: "true", **IDENTITY}))
SET = ("ReplicaSet", item("frontend-1", owner="u-frontend"))
POD = ("Pod", item("frontend-1-a", owner="u-frontend-1"))


def told(store: Store) -> list[int]:
    snapshot = store.snapshot("7")
    return [len(snapshot[place]) for place in ("workloads", "replicasets", "pods")]


def put(store: Store, row: tuple[str, Raw]) -> str | None:
    return store.put(row[0], row[1], by_owner=row is not WORKLOAD)


@pytest.mark.parametrize("rows", list(permutations([WORKLOAD, SET, POD])))
def test_they_are_its_own_in_whatever_order_the_cluster_tells_of_them(rows: tuple[tuple[str, Raw], ...]) -> None:
    store = Store()
    said = [put(store, row) for row in rows]
    assert told(store) == [1, 1, 1]
    assert said[-1] == "7"


def test_what_nobody_of_ours_owns_is_held_and_never_told() -> None:
    store = Store()
    for row in (WORKLOAD, SET, POD, ("ReplicaSet", item("other", owner="u-else")), ("Pod", item("o", owner="u-other"))):
        put(store, row)
    put(store, ("Pod", item("alone")))
    assert told(store) == [1, 1, 1]
    assert store.apps() == ["7"]
    assert store.app_of(("Pod", "legacy", "o")) == ""


def test_they_go_with_the_workload() -> None:
    store = Store()
    for row in (WORKLOAD, SET, POD):
        put(store, row)
    assert store.remove(("Deployment", "legacy", "frontend")) == "7"
    assert (told(store), store.apps()) == ([0, 0, 0], [])


def test_a_namespace_is_looked_at_until_what_the_workload_ran_is_gone_too() -> None:
    store = Store()
    for row in (WORKLOAD, SET, POD):
        put(store, row)
    store.remove(("Deployment", "legacy", "frontend"))
    assert store.adopted_spaces() == {"legacy"}
    store.remove(("ReplicaSet", "legacy", "frontend-1"), by_owner=True)
    assert store.adopted_spaces() == set()


@pytest.mark.parametrize("labels", [{APP_ID: "8"}, {APP_ID: None}, {MANAGED_BY: "Helm"}], ids=str)
@pytest.mark.parametrize("late", [False, True])
def test_one_that_lost_its_labels_is_told_with_its_instances_by_its_uid(labels: Raw, late: bool) -> None:
    store = Store()
    mine = copy.deepcopy(WORKLOAD[1])
    mine["metadata"]["managedFields"] = [{"manager": "slipway", "operation": "Apply", "fieldsV1": {"f:spec": {}}}]
    if late:
        known = taken_in(mine, "Deployment")
        assert known is not None
        store.expect([known])
        assert store.adopted_spaces() == {"legacy"}
    for row in (("Deployment", mine), SET, POD):
        if row[0] != "Deployment" or not late:
            store.put(row[0], row[1], by_owner=row[0] != "Deployment")
    mine["metadata"]["labels"] |= labels
    aside = mine["metadata"]["labels"][MANAGED_BY] != "slipway"
    if aside:
        store.remove(("Deployment", "legacy", "frontend"))
    assert store.put("Deployment", mine, by_owner=aside) == "7"
    assert (told(store), store.apps(), store.adopted_spaces()) == ([1, 1, 1], ["7"], {"legacy"})
    (seen,) = reading.read(store.snapshot("7")).workloads
    assert (seen.trouble, seen.process, len(seen.instances)) == (reading.ASTRAY, "web", 1)


def test_one_that_was_given_back_is_told_no_more() -> None:
    store = Store()
    for row in (WORKLOAD, SET, POD):
        put(store, row)
    store.remove(("Deployment", "legacy", "frontend"))
    store.put("Deployment", item("frontend", version=2), by_owner=True)
    assert told(store) == [0, 0, 0]


def test_another_workload_of_that_name_is_not_taken_for_it() -> None:
    store = Store()
    put(store, WORKLOAD)
    store.remove(("Deployment", "legacy", "frontend"))
    other = item("frontend")
    other["metadata"]["uid"] = "u-other"
    assert store.put("Deployment", other, by_owner=True) is None


def test_a_list_of_ours_does_not_take_them_away_and_a_list_of_theirs_does() -> None:
    store = Store()
    for row in (WORKLOAD, SET, POD):
        put(store, row)
    assert store.keep_only("Pod", set()) == set()
    assert told(store) == [1, 1, 1]
    assert store.keep_only("Pod", set(), space="legacy") == {"7"}
    assert told(store) == [1, 1, 0]


def test_an_instance_whose_set_is_gone_is_an_orphan_no_more_than_others() -> None:
    store = Store()
    for row in (WORKLOAD, SET, POD):
        put(store, row)
    seen = reading.read(store.snapshot("7"))
    assert (seen.orphans, [len(one.instances) for one in seen.workloads]) == (0, [1])


# At a cluster


@pytest.fixture
def gateway(simulator: Simulator) -> Iterator[Gateway]:
    with Gateway(connection_to(simulator), namespace=f"legacy-{uuid.uuid4().hex[:8]}") as opened:
        make_namespace(connection_to(simulator), opened.namespace)
        yield opened


def adopt(gateway: Gateway, outsider: Outsider, app_id: str, *, image: str = "registry.example.com/shop:1") -> None:
    live = outsider.get(DEPLOYMENTS, "frontend")
    made = deployment("frontend", image=image, replicas=None)
    labels = {**IDENTITY, APP_ID: app_id, ADOPTED: "true"}
    made["metadata"] |= {"labels": labels, "annotations": {ADOPTS: live["metadata"]["uid"]}}
    gateway.apply(made, fence=1, release="1")


@pytest.mark.django_db(transaction=True)
async def test_the_agent_tells_of_them_from_the_moment_the_workload_is_ours(
    simulator: Simulator, gateway: Gateway
) -> None:
    await in_thread(register, simulator)
    outsider = Outsider(connection_to(simulator), namespace=gateway.namespace)
    heard, app_id = Heard(), str(uuid.uuid4())
    for name in ("frontend", "other"):
        body = deployment(name, image="registry.example.com/shop:1")
        await in_thread(outsider.create, DEPLOYMENTS, body)
    async with listening(heard):
        await until(lambda: heard.states)
        assert heard.of(app_id) == []
        await in_thread(adopt, gateway, outsider, app_id)
        await until(lambda: ready(heard.last(app_id)) == 2)
        await in_thread(adopt, gateway, outsider, app_id, image="registry.example.com/shop:2")
        await until(lambda: {one.image for one in instances(heard, app_id)} == {"registry.example.com/shop:2"})
        async with asyncio.timeout(LIMIT_SECONDS):
            while names(heard.last(app_id)) != names(await in_thread(gateway.list_app, app_id)):
                await asyncio.sleep(0.05)
    assert reading.read(heard.last(app_id)).orphans == 0


@pytest.mark.django_db(transaction=True)
async def test_what_was_taken_over_before_is_told_whole_the_first_time(simulator: Simulator, gateway: Gateway) -> None:
    await in_thread(register, simulator)
    outsider = Outsider(connection_to(simulator), namespace=gateway.namespace)
    heard, app_id = Heard(), str(uuid.uuid4())
    await in_thread(outsider.create, DEPLOYMENTS, deployment("frontend", image="registry.example.com/shop:1"))
    await in_thread(adopt, gateway, outsider, app_id)
    async with asyncio.timeout(LIMIT_SECONDS):
        while ready(await in_thread(gateway.list_app, app_id)) != 2:
            await asyncio.sleep(0.05)
    async with listening(heard):
        await until(lambda: heard.of(app_id))
    first = heard.of(app_id)[0]
    assert [len(first[place]) for place in ("workloads", "replicasets", "pods")] == [1, 1, 2]


@pytest.mark.django_db(transaction=True)
async def test_many_namespaces_with_workloads_that_were_taken_over_shut_nobody_out(simulator: Simulator) -> None:
    await in_thread(register, simulator)
    heard, connection, apps = Heard(), connection_to(simulator), [str(uuid.uuid4()) for _ in range(14)]
    async with listening(heard):
        for app_id in apps:
            space = f"legacy-{uuid.uuid4().hex[:8]}"
            await in_thread(make_namespace, connection, space)
            outsider = Outsider(connection, namespace=space)
            await in_thread(outsider.create, DEPLOYMENTS, deployment("frontend", image="registry.example.com/shop:1"))
            with Gateway(connection, namespace=space) as opened:
                await in_thread(adopt, opened, outsider, app_id)
        await until(lambda: all(heard.of(app_id) and ready(heard.last(app_id)) == 2 for app_id in apps))


def instances(heard: Heard, app_id: str) -> list[Any]:
    return [one for workload in reading.read(heard.last(app_id)).workloads for one in workload.instances]


def names(snapshot: Raw) -> list[list[str]]:
    return [[one["metadata"]["name"] for one in snapshot[place]] for place in ("workloads", "replicasets", "pods")]
