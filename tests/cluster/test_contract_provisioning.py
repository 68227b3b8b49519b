"""Provision releases on a cluster: what they make is taken, holds, and lets nobody do more than they should."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterator
from dataclasses import replace
from urllib.error import HTTPError

import pytest
from kubernetes.dynamic import DynamicClient

from apps_mgmt.rendering import TenancyFacts, cluster_manifests, tenant_manifests
from apps_mgmt.rendering.tenancy import DEPLOYER, OBSERVER, SYSTEM, provisioner_rules
from releases.clusters.inspecting import inspect
from releases.gateway import AccessRefused, Gateway, NotPrepared
from releases.gateway.minting import mint
from tenants.clusters import DEPLOYER as DEPLOYING
from tenants.clusters import OBSERVER as OBSERVING
from tenants.clusters import PROVISIONER, Connection
from tests.cluster.accounts import RBAC, settle, token_for
from tests.cluster.manifests import manifest
from tests.cluster.outsider import Outsider
from tests.cluster.waiting import eventually

GIB = 1024**3
LIMITS = {"instances": 10, "cpu": 2000, "memory": GIB, "ephemeral": GIB, "storage": GIB, "gpu": 0}


def provisioner(cluster: Connection) -> Gateway:
    return Gateway(cluster, namespace="", role=PROVISIONER)


@pytest.fixture
def space(cluster: Connection, client: DynamicClient) -> Iterator[str]:
    """A tenant's namespace, made ready twice, as after a worker that died."""
    name = f"slipway-{uuid.uuid4().hex[:8]}"
    rows = [*cluster_manifests(), *tenant_manifests(TenancyFacts("boutique", name, LIMITS))]
    with provisioner(cluster) as gateway:
        for row in [*rows, *rows]:
            gateway.provide(row)
    settle(client)
    yield name
    client.resources.get(api_version="v1", kind="Namespace").delete(name=name)


def signed_in(cluster: Connection, account: str, namespace: str) -> Connection:
    token = mint(cluster, account, namespace)
    return replace(cluster, token=token.text, client_cert="", client_key="")


@pytest.fixture
def deployer(cluster: Connection, space: str) -> Iterator[Gateway]:
    with Gateway(signed_in(cluster, DEPLOYER, space), namespace=space, role=DEPLOYING) as gateway:
        yield gateway


@pytest.fixture
def observer(cluster: Connection, space: str) -> Iterator[Gateway]:
    with Gateway(signed_in(cluster, OBSERVER, SYSTEM), namespace=space, role=OBSERVING) as gateway:
        yield gateway


def app() -> dict[str, object]:
    labels = {"slipway.dev/app": "shop", "slipway.dev/process": "web"}
    owned = {**labels, "slipway.dev/app-id": "1", "app.kubernetes.io/managed-by": "slipway"}
    container = {"name": "web", "image": "registry.example.com/shop:1"}
    template = {"metadata": {"labels": owned}, "spec": {"containers": [container]}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    return {
        **manifest("apps/v1", "Deployment", "shop--web", spec=spec),
        "metadata": {"name": "shop--web", "labels": owned},
    }


def test_making_ready_twice_changes_nothing(cluster: Connection, space: str) -> None:
    outsider = Outsider(cluster, namespace=space)
    before = outsider.get("rbac.authorization.k8s.io/v1/roles", DEPLOYER)["metadata"]
    rows = tenant_manifests(TenancyFacts("boutique", space, LIMITS))
    with provisioner(cluster) as gateway:
        for row in rows:
            gateway.provide(row)
    role = outsider.get("rbac.authorization.k8s.io/v1/roles", DEPLOYER)
    assert role["metadata"]["resourceVersion"] == before["resourceVersion"]
    assert [entry["manager"] for entry in role["metadata"]["managedFields"]] == ["slipway"]


def test_what_somebody_changed_by_hand_is_set_back(cluster: Connection, space: str) -> None:
    outsider = Outsider(cluster, namespace=space)
    outsider.merge("v1/resourcequotas", "slipway", {"spec": {"hard": {"pods": "1000"}}})
    rows = tenant_manifests(TenancyFacts("boutique", space, LIMITS))
    with provisioner(cluster) as gateway:
        for row in rows:
            gateway.provide(row)
    assert outsider.get("v1/resourcequotas", "slipway")["spec"]["hard"]["pods"] == "25"


def test_a_deployer_creates_changes_and_removes_in_its_namespace(deployer: Gateway) -> None:
    deployer.apply(app(), fence=1, release="1", replicas=1)
    deployer.set_replicas("Deployment", "shop--web", replicas=2, fence=1)
    assert deployer.prune(app_id="1", keep=(), fence=2).removed == (("Deployment", "shop--web"),)


def test_a_deployer_does_nothing_elsewhere(cluster: Connection, space: str, client: DynamicClient) -> None:
    other = Gateway(signed_in(cluster, DEPLOYER, space), namespace="kube-system", role=DEPLOYING)
    with other, pytest.raises(AccessRefused):
        other.find("Secret", "anything")


def test_a_deployer_gives_itself_nothing(cluster: Connection, space: str) -> None:
    wider = copy.deepcopy(tenant_manifests(TenancyFacts("boutique", space, LIMITS))[5])
    assert wider["kind"] == "Role"
    wider["rules"].append({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]})
    client = Gateway(signed_in(cluster, DEPLOYER, space), namespace=space, role=PROVISIONER)
    with client, pytest.raises(AccessRefused):
        client.provide(wider)


def test_an_observer_sees_instances_and_no_secrets(deployer: Gateway, observer: Gateway) -> None:
    deployer.apply(app(), fence=1, release="1", replicas=1)
    assert [row["metadata"]["name"] for row in observer.list_app("1")["workloads"]] == ["shop--web"]
    with pytest.raises(AccessRefused):
        observer.find("Secret", "anything")


def is_let_in(outsider: Outsider) -> bool:
    """Whether an instance is taken by now: its account and the numbers of the quota come after the namespace."""
    container = {"name": "one", "image": "registry.example.com/one:1"}
    try:
        outsider.create("v1/pods", manifest("v1", "Pod", "one", spec={"containers": [container]}))
    except HTTPError as refusal:
        said = refusal.read().decode()
        assert "service account" in said or "status unknown for quota" in said, said
        return False
    return True


def test_an_instance_that_asks_for_nothing_is_let_in_with_the_defaults(cluster: Connection, space: str) -> None:
    outsider = Outsider(cluster, namespace=space)
    eventually(lambda: is_let_in(outsider), what="the instance is let in")
    requests = outsider.get("v1/pods", "one")["spec"]["containers"][0]["resources"]["requests"]
    assert requests == {"cpu": "100m", "memory": "128Mi", "ephemeral-storage": "128Mi"}


def test_an_account_that_is_not_made_yet_is_waited_for(cluster: Connection) -> None:
    with pytest.raises(NotPrepared, match="not made yet"):
        mint(cluster, DEPLOYER, f"slipway-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def exact(cluster: Connection, client: DynamicClient) -> Iterator[Connection]:
    """An account that may do what the check of a cluster asks for, and nothing else."""
    name = f"exact-{uuid.uuid4().hex[:8]}"
    token = token_for(client, "default", name)["status"]["token"]
    roles = client.resources.get(api_version=RBAC, kind="ClusterRole")
    bindings = client.resources.get(api_version=RBAC, kind="ClusterRoleBinding")
    roles.create(manifest(RBAC, "ClusterRole", name, rules=provisioner_rules()))
    reference = {"apiGroup": RBAC.partition("/")[0], "kind": "ClusterRole", "name": name}
    subjects = [{"kind": "ServiceAccount", "name": name, "namespace": "default"}]
    bindings.create(manifest(RBAC, "ClusterRoleBinding", name, roleRef=reference, subjects=subjects))
    settle(client)
    yield replace(cluster, token=token, client_cert="", client_key="")
    bindings.delete(name=name)
    roles.delete(name=name)


def test_the_rights_that_a_check_asks_for_are_enough_to_make_a_place_ready(
    exact: Connection, client: DynamicClient
) -> None:
    assert inspect(exact)["lacks"] == []
    name = f"slipway-{uuid.uuid4().hex[:8]}"
    rows = [*cluster_manifests(), *tenant_manifests(TenancyFacts("boutique", name, LIMITS))]
    with provisioner(exact) as gateway:
        for row in [*rows, *rows]:
            gateway.provide(row)
    settle(client)
    try:
        assert mint(exact, DEPLOYER, name).text and mint(exact, OBSERVER, SYSTEM).text
    finally:
        client.resources.get(api_version="v1", kind="Namespace").delete(name=name)


def test_a_right_that_is_missing_is_named(exact: Connection, client: DynamicClient) -> None:
    roles = client.resources.get(api_version=RBAC, kind="ClusterRole")
    bound = [one.metadata.name for one in roles.get().items if one.metadata.name.startswith("exact-")]
    rules = [{**rule, "verbs": [verb for verb in rule["verbs"] if verb != "patch"]} for rule in provisioner_rules()]
    for name in bound:
        roles.patch(name=name, body={"rules": rules}, content_type="application/merge-patch+json")
    settle(client)
    assert "patch namespaces" in inspect(exact)["lacks"]
