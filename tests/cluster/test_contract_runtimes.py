"""A sandboxed runtime: without its RuntimeClass no instance is let in, with it they are; and it can be asked for."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient

from apps_mgmt.rendering import CLONESET_ALPHA, GATEWAY_API, render
from portal.errors import Refused
from releases.clusters.inspecting import check_runtime
from tenants.clusters import Connection
from tenants.models import Cluster
from tests import cast
from tests.cluster.manifests import container, manifest
from tests.cluster.refusals import status_of
from tests.cluster.waiting import eventually
from tests.pure.golden.specs import facts, rich

NODE = "node.k8s.io/v1"


@pytest.fixture
def runtime(client: DynamicClient) -> Iterator[str]:
    """The name of one that is there."""
    name = f"sandbox-{uuid.uuid4().hex[:8]}"
    classes = client.resources.get(api_version=NODE, kind="RuntimeClass")
    classes.create(manifest(NODE, "RuntimeClass", name, handler="runsc"))
    yield name
    classes.delete(name=name)


@pytest.fixture
def record(db: None, cluster: Connection) -> Cluster:
    return cast.cluster_at(cluster, name="hall")


def pod(client: DynamicClient, namespace: str, **spec: Any) -> dict[str, Any]:
    """The spec of an instance that was let in."""
    body = manifest("v1", "Pod", "one", spec={"containers": [container()], **spec})
    made = client.resources.get(api_version="v1", kind="Pod").create(body, namespace=namespace)
    found: dict[str, Any] = made.to_dict()["spec"]
    return found


def test_an_instance_without_its_runtime_is_not_let_in(client: DynamicClient, namespace: str) -> None:
    with pytest.raises(ApiException) as refusal:
        pod(client, namespace, runtimeClassName="nowhere")
    status = status_of(refusal.value)
    assert (status["code"], status["reason"]) == (403, "Forbidden")
    assert status["message"] == 'pods "one" is forbidden: pod rejected: RuntimeClass "nowhere" not found'


def is_let_in(client: DynamicClient, namespace: str, runtime: str) -> bool:
    """A RuntimeClass that was made just now is not known to all of the server yet."""
    try:
        return bool(pod(client, namespace, runtimeClassName=runtime)["runtimeClassName"] == runtime)
    except ApiException:
        return False


def test_an_instance_with_its_runtime_is_let_in(client: DynamicClient, namespace: str, runtime: str) -> None:
    eventually(lambda: is_let_in(client, namespace, runtime), what="the instance is let in")


def test_a_cluster_that_has_the_runtime_is_taken(record: Cluster, runtime: str) -> None:
    check_runtime(runtime, record, seconds=5)


def test_a_cluster_without_the_runtime_is_refused_in_words(record: Cluster) -> None:
    with pytest.raises(Refused, match="There is no RuntimeClass nowhere on hall") as refusal:
        check_runtime("nowhere", record, seconds=5)
    assert refusal.value.field == "runtime_class"


def test_what_holds_instances_to_nodes_is_taken_as_it_is_rendered(client: DynamicClient, namespace: str) -> None:
    served = frozenset({GATEWAY_API, CLONESET_ALPHA})
    told = facts(namespace=namespace, node=("example.com/tenant", "harbor"), capabilities=served)
    made = next(row for row in render(rich(), told).manifests if row["kind"] == "Deployment")
    deployments = client.resources.get(api_version="apps/v1", kind="Deployment")
    kept = deployments.create(made, namespace=namespace).to_dict()["spec"]["template"]["spec"]
    assert kept["nodeSelector"]["example.com/tenant"] == "harbor"
    assert {"key": "example.com/tenant", "operator": "Equal", "value": "harbor"} in kept["tolerations"]
