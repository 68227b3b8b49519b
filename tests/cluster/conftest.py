"""Clusters to talk to. Whatever asks for `kubeconfig` or `client` runs against a simulated and a real control plane."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml
from kubernetes import config
from kubernetes.dynamic import DynamicClient

from releases.gateway import Gateway
from tenants.clusters import Connection
from tests.cluster.accounts import As, settle
from tests.cluster.manifests import manifest
from tests.cluster.outsider import Outsider, connection_by, connection_to, make_namespace
from tests.cluster.planes import real_cluster
from tests.cluster.simulators import Simulator, running_simulator
from tests.cluster.waiting import until

StartSimulator = Callable[..., Simulator]


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """One simulated cluster for the whole session; leave no fault on."""
    with running_simulator(tmp_path_factory.mktemp("simulator"), "--speed", "4") as running:
        yield running


@pytest.fixture
def start_simulator(tmp_path: Path) -> Iterator[StartSimulator]:
    """Start a simulator of one's own; the same name again goes on from its state."""
    with ExitStack() as stack:

        def start(*options: str, name: str = "own") -> Simulator:
            return stack.enter_context(running_simulator(tmp_path, *options, name=name))

        yield start


@pytest.fixture(scope="session", params=["simulated", "real"])
def kubeconfig(request: pytest.FixtureRequest) -> str:
    """The way into the cluster under contract, as its administrator."""
    if request.param == "real":
        return str(real_cluster())
    running: Simulator = request.getfixturevalue("simulator")
    return str(running.kubeconfig)


@pytest.fixture(scope="session")
def client(kubeconfig: str, tmp_path_factory: pytest.TempPathFactory) -> DynamicClient:
    """The official dynamic client."""
    cache = str(tmp_path_factory.mktemp("discovery") / "resources.json")
    return DynamicClient(config.new_client_from_config(config_file=kubeconfig), cache_file=cache)


@pytest.fixture
def namespace(client: DynamicClient) -> Iterator[str]:
    """A new namespace with what the cluster itself puts into each, a moment later; deleted afterwards."""
    name = f"test-{uuid.uuid4().hex[:10]}"
    namespaces = client.resources.get(api_version="v1", kind="Namespace")
    namespaces.create(manifest("v1", "Namespace", name))
    for kind, own in (("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")):
        until(client.resources.get(api_version="v1", kind=kind), name, lambda _found: True, name=own)
    yield name
    namespaces.delete(name=name)


@pytest.fixture
def signed_in(kubeconfig: str, client: DynamicClient, tmp_path: Path) -> As:
    """A client of the same cluster that comes with a token, when the rights given so far count."""

    def with_token(token: str) -> DynamicClient:
        settle(client)
        document = yaml.safe_load(Path(kubeconfig).read_text(encoding="utf-8"))
        document["users"] = [{"name": row["name"], "user": {"token": token}} for row in document["users"]]
        file = tmp_path / "kubeconfig"
        file.write_text(json.dumps(document), encoding="utf-8")
        return DynamicClient(config.new_client_from_config(config_file=str(file)), cache_file=str(tmp_path / "seen"))

    return with_token


@pytest.fixture
def cluster(kubeconfig: str, request: pytest.FixtureRequest) -> Connection:
    """The connection that Slipway would have to the cluster."""
    if request.node.callspec.params["kubeconfig"] == "simulated":
        return connection_to(request.getfixturevalue("simulator"))
    return connection_by(kubeconfig)


@pytest.fixture
def gateway(cluster: Connection) -> Iterator[Gateway]:
    """A gateway to a namespace of its own."""
    with Gateway(cluster, namespace=f"slipway-{uuid.uuid4().hex[:8]}") as opened:
        make_namespace(cluster, opened.namespace)
        yield opened


@pytest.fixture
def outsider(cluster: Connection, gateway: Gateway) -> Outsider:
    """Somebody else who writes into that namespace."""
    return Outsider(cluster, namespace=gateway.namespace)
