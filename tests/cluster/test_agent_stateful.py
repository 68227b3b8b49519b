"""The agent at StatefulSets: watched as Deployments are, at a simulated cluster and at a real one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from kubernetes.dynamic import DynamicClient

from releases import reading
from releases.gateway import Gateway
from releases.observation import WorkloadFacts
from tenants import clusters
from tenants.clusters import Connection, Credential
from tests.cluster.accounts import RBAC, settle, token_for
from tests.cluster.listening import Heard, in_thread, listening, until
from tests.cluster.manifests import manifest, stateful_set
from tests.cluster.outsider import Outsider
from tests.cluster.watched import Deployments, ready

pytestmark = pytest.mark.django_db(transaction=True)
SETS = "apps/v1/statefulsets"
SOON_SECONDS = 20
"""Well below the half minute after which the sweep would look."""


@pytest.fixture
def app_id() -> str:
    return str(uuid.uuid4())


def register(cluster: Connection, known: Credential) -> None:
    ways = {"server": cluster.server, "ca_pem": cluster.ca_pem}
    clusters.register("north", title="North", credentials={clusters.OBSERVER: known}, **ways)


@pytest.fixture
def registered(cluster: Connection) -> Connection:
    known = Credential(token=cluster.token, client_cert=cluster.client_cert, client_key=cluster.client_key)
    register(cluster, known)
    return cluster


class Looker:
    """An account that may look at some kinds on the whole cluster, and is allowed more later."""

    def __init__(self, client: DynamicClient, gateway: Gateway) -> None:
        self._client, self._space = client, gateway.namespace
        self.token = token_for(client, self._space, "looker")["status"]["token"]
        self._made = ExitStack()

    def may_read(self, group: str, *resources: str) -> None:
        name = f"{self._space}-{resources[0]}"
        rule = {"apiGroups": [group], "resources": [*resources], "verbs": ["get", "list", "watch"]}
        role = {"apiGroup": RBAC.partition("/")[0], "kind": "ClusterRole", "name": name}
        account = {"kind": "ServiceAccount", "name": "looker", "namespace": self._space}
        rows: tuple[tuple[str, dict[str, Any]], ...] = (
            ("ClusterRole", {"rules": [rule]}),
            ("ClusterRoleBinding", {"roleRef": role, "subjects": [account]}),
        )
        for kind, fields in rows:
            resource = self._client.resources.get(api_version=RBAC, kind=kind)
            resource.create(manifest(RBAC, kind, name, **fields))
            self._made.callback(resource.delete, name=name)
        settle(self._client)

    def close(self) -> None:
        self._made.close()


@pytest.fixture
def looker(client: DynamicClient, gateway: Gateway) -> Iterator[Looker]:
    made = Looker(client, gateway)
    yield made
    made.close()


def database(app_id: str, *, replicas: int, tag: str) -> dict[str, Any]:
    labels = {"slipway.dev/app": "shop", "slipway.dev/process": "db", "slipway.dev/track": "stable"}
    owned = {**labels, "slipway.dev/app-id": app_id, "app.kubernetes.io/managed-by": "slipway"}
    made = stateful_set("shop--db", image=f"registry.example.com/shop:{tag}", replicas=replicas)
    made["metadata"]["labels"] = owned
    made["spec"]["selector"] = {"matchLabels": labels}
    made["spec"]["template"]["metadata"]["labels"] = owned
    return made


def facts(heard: Heard, app_id: str) -> WorkloadFacts | None:
    return reading.read(heard.last(app_id)).workload("StatefulSet", "shop--db")


def is_whole(seen: WorkloadFacts | None, *, count: int, image: str) -> bool:
    if seen is None or seen.generation != seen.observed_generation or not seen.image.endswith(image):
        return False
    return (seen.wanted, seen.ready, seen.updated, len(seen.instances)) == (count,) * 4


async def test_a_stateful_set_is_told_as_it_rolls(
    registered: Connection, gateway: Gateway, outsider: Outsider, app_id: str
) -> None:
    heard = Heard()
    async with listening(heard):
        await until(lambda: heard.states)
        body = database(app_id, replicas=2, tag="1.0")
        await in_thread(gateway.apply, body, fence=1, release="1", replicas=2)
        await until(lambda: is_whole(facts(heard, app_id), count=2, image=":1.0"), seconds=SOON_SECONDS)
        body = database(app_id, replicas=2, tag="2.0")
        await in_thread(gateway.apply, body, fence=1, release="2", replicas=2)
        await until(lambda: is_whole(facts(heard, app_id), count=2, image=":2.0"), seconds=SOON_SECONDS)
        assert all(one.current for one in (facts(heard, app_id) or pytest.fail("gone")).instances)
        blamed = [one for told in heard.of(app_id)[-3:] for one in reading.read(told).workloads if one.trouble]
        assert blamed == []

        # Who changes its labels is told by what it runs, and who deletes it leaves nothing to tell.
        gone: dict[str, Any] = {"metadata": {"labels": {"app.kubernetes.io/managed-by": "me"}}}
        await in_thread(outsider.merge, SETS, "shop--db", gone)
        await until(lambda: (seen := facts(heard, app_id)) and seen.trouble == reading.ASTRAY, seconds=SOON_SECONDS)
        back: dict[str, Any] = {"metadata": {"labels": {"app.kubernetes.io/managed-by": "slipway"}}}
        await in_thread(outsider.merge, SETS, "shop--db", back)
        await until(lambda: is_whole(facts(heard, app_id), count=2, image=":2.0"), seconds=SOON_SECONDS)
        await in_thread(gateway.prune, app_id=app_id, keep=set(), fence=99)
        await until(lambda: not heard.last(app_id)["workloads"] and not heard.last(app_id)["pods"])


async def test_an_account_that_may_not_look_at_them_is_told_all_else_and_blames_nobody(
    looker: Looker, cluster: Connection, gateway: Gateway, app_id: str
) -> None:
    """As with a role that somebody made before, or made smaller."""
    looker.may_read("", "pods", "namespaces")
    looker.may_read("apps", "deployments", "replicasets")
    await in_thread(register, cluster, Credential(token=looker.token))
    heard, other = Heard(), str(uuid.uuid4())
    await in_thread(gateway.apply, database(app_id, replicas=2, tag="1.0"), fence=1, release="1", replicas=2)
    async with listening(heard):
        await until(lambda: ready(heard.last(app_id)) == 2)
        await Deployments(gateway).deploy(other)
        await until(lambda: ready(heard.last(other)) == 2)
        seen = reading.read(heard.last(app_id))
        assert [(one.kind, one.ready, one.trouble) for one in seen.workloads] == [("StatefulSet", 2, None)]
        assert [state for _id, state, _reason in heard.states] == ["back"]

        await in_thread(looker.may_read, "apps", "statefulsets")
        await until(lambda: is_whole(facts(heard, app_id), count=2, image=":1.0"))
        assert "StatefulSet" not in heard.last(app_id).get("unlisted", ())
    assert [state for _id, state, _reason in heard.states] == ["back"]
