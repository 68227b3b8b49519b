"""How far roles and bindings reach, what is wrong with some, and what a signed-in account may ask about itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ForbiddenError, NotFoundError, UnauthorizedError, UnprocessibleEntityError
from kubernetes.dynamic.resource import Resource

from tests.cluster.accounts import RBAC, As, allow, token_for
from tests.cluster.manifests import config_map, deployment, manifest
from tests.cluster.refusals import status_of

GROUP = "rbac.authorization.k8s.io"
READ_MAPS = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}]
MERGE = "application/merge-patch+json"


@pytest.fixture
def bindings(client: DynamicClient) -> Resource:
    return client.resources.get(api_version=RBAC, kind="RoleBinding")


@pytest.fixture
def reader(client: DynamicClient) -> Iterator[str]:
    """A role of the whole cluster that reads ConfigMaps."""
    name = f"test:reader-{uuid.uuid4().hex[:10]}"
    roles = client.resources.get(api_version=RBAC, kind="ClusterRole")
    roles.create(manifest(RBAC, "ClusterRole", name, rules=READ_MAPS))
    yield name
    roles.delete(name=name)


def _binding(kind: str, role: str, subject: dict[str, str], *, of: str = "ClusterRole") -> dict[str, Any]:
    reference = {"apiGroup": GROUP, "kind": of, "name": role}
    return manifest(RBAC, kind, role, roleRef=reference, subjects=[subject])


def test_a_cluster_role_bound_in_a_namespace_holds_there(
    client: DynamicClient, bindings: Resource, namespace: str, reader: str, signed_in: As
) -> None:
    token = token_for(client, namespace, "reader")["status"]["token"]
    everybody = {"kind": "Group", "name": f"system:serviceaccounts:{namespace}"}
    made = bindings.create(_binding("RoleBinding", reader, everybody), namespace=namespace).to_dict()
    assert made["subjects"] == [everybody | {"apiGroup": GROUP}]
    maps = signed_in(token).resources.get(api_version="v1", kind="ConfigMap")
    assert maps.get(namespace=namespace).items is not None
    with pytest.raises(ForbiddenError):
        maps.get(namespace="default")


def test_a_binding_of_the_cluster_holds_everywhere(
    client: DynamicClient, namespace: str, reader: str, signed_in: As
) -> None:
    token = token_for(client, namespace, "reader")["status"]["token"]
    bindings = client.resources.get(api_version=RBAC, kind="ClusterRoleBinding")
    account = {"kind": "ServiceAccount", "name": "reader", "namespace": namespace}
    bindings.create(_binding("ClusterRoleBinding", reader, account))
    try:
        maps = signed_in(token).resources.get(api_version="v1", kind="ConfigMap")
        assert maps.get().items is not None
        with pytest.raises(ForbiddenError):
            maps.delete(name="kube-root-ca.crt", namespace=namespace)
    finally:
        bindings.delete(name=reader)


def test_a_role_that_is_not_there_is_told(
    client: DynamicClient, bindings: Resource, namespace: str, signed_in: As
) -> None:
    token = token_for(client, namespace, "lost")["status"]["token"]
    account = {"kind": "ServiceAccount", "name": "lost", "namespace": namespace}
    bindings.create(_binding("RoleBinding", "none", account, of="Role"), namespace=namespace)
    with pytest.raises(ForbiddenError) as refusal:
        signed_in(token).resources.get(api_version="apps/v1", kind="Deployment").get(namespace=namespace)
    status = status_of(refusal.value)
    assert status["message"].endswith(f': RBAC: role.{GROUP} "none" not found')
    assert status["details"] == {"group": "apps", "kind": "deployments"}


def test_a_right_to_one_name_is_a_right_to_that_one_only(client: DynamicClient, namespace: str, signed_in: As) -> None:
    token = token_for(client, namespace, "keeper")["status"]["token"]
    allow(client, namespace, "keeper", [{**READ_MAPS[0], "resourceNames": ["kube-root-ca.crt"]}])
    maps = signed_in(token).resources.get(api_version="v1", kind="ConfigMap")
    assert maps.get(namespace=namespace, field_selector="metadata.name=kube-root-ca.crt").items is not None
    with pytest.raises(ForbiddenError):
        maps.get(namespace=namespace)
    with pytest.raises(ForbiddenError, match=r"configmaps \\\"settings\\\" is forbidden"):
        maps.get(name="settings", namespace=namespace)


def test_to_apply_what_is_not_there_takes_the_right_to_create(
    client: DynamicClient, namespace: str, signed_in: As
) -> None:
    token = token_for(client, namespace, "patcher")["status"]["token"]
    allow(client, namespace, "patcher", [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["patch"]}])
    other = signed_in(token).resources.get(api_version="v1", kind="ConfigMap")
    with pytest.raises(ForbiddenError, match="cannot create resource"):
        other.server_side_apply(config_map(), name="settings", namespace=namespace, field_manager="patcher")
    client.resources.get(api_version="v1", kind="ConfigMap").create(config_map(), namespace=namespace)
    other.server_side_apply(config_map(), name="settings", namespace=namespace, field_manager="patcher")


def test_the_right_to_scale_is_enough_to_scale(client: DynamicClient, namespace: str, signed_in: As) -> None:
    client.resources.get(api_version="apps/v1", kind="Deployment").create(deployment(replicas=1), namespace=namespace)
    token = token_for(client, namespace, "scaler")["status"]["token"]
    allow(client, namespace, "scaler", [{"apiGroups": ["apps"], "resources": ["*/scale"], "verbs": ["patch"]}])
    deployments = signed_in(token).resources.get(api_version="apps/v1", kind="Deployment")
    replicas = {"spec": {"replicas": 2}}
    scaled = deployments.subresources["scale"].patch(replicas, name="web", namespace=namespace, content_type=MERGE)
    assert scaled.spec.replicas == 2
    with pytest.raises(ForbiddenError, match="cannot patch resource"):
        deployments.patch(replicas, name="web", namespace=namespace, content_type=MERGE)


def test_a_binding_keeps_its_role(bindings: Resource, namespace: str) -> None:
    everybody = {"kind": "Group", "name": "system:authenticated"}
    bindings.create(_binding("RoleBinding", "one", everybody, of="Role"), namespace=namespace)
    other = {"roleRef": {"name": "two"}}
    with pytest.raises(UnprocessibleEntityError, match="cannot change roleRef"):
        bindings.patch(other, name="one", namespace=namespace, content_type=MERGE)


def test_wrong_roles_and_bindings_are_refused(client: DynamicClient, bindings: Resource, namespace: str) -> None:
    roles = client.resources.get(api_version=RBAC, kind="Role")
    rules = [{"verbs": ["get"], "apiGroups": [""]}, {"verbs": ["get"], "nonResourceURLs": ["/metrics"]}]
    with pytest.raises(UnprocessibleEntityError) as refusal:
        roles.create(manifest(RBAC, "Role", "wrong", rules=rules), namespace=namespace)
    assert status_of(refusal.value)["message"] == (
        f'Role.{GROUP} "wrong" is invalid: [rules[0].resources: Required value: resource rules must supply at least '
        'one resource, rules[1].nonResourceURLs: Invalid value: ["/metrics"]: namespaced rules cannot apply to '
        "non-resource URLs]"
    )
    with pytest.raises(UnprocessibleEntityError, match=r"subjects\[0\].kind: Unsupported value"):
        bindings.create(_binding("RoleBinding", "wrong", {"kind": "Robot", "name": "r2"}), namespace=namespace)


def test_a_token_for_somebody_else_is_not_taken(client: DynamicClient, namespace: str, signed_in: As) -> None:
    accounts = client.resources.get(api_version="v1", kind="ServiceAccount")
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"audiences": ["vault"]}}
    made = accounts.subresources["token"].create(body, name="default", namespace=namespace).to_dict()
    assert made["spec"]["audiences"] == ["vault"]
    with pytest.raises(UnauthorizedError):
        signed_in(made["status"]["token"]).resources.get(api_version="v1", kind="Pod")


def test_an_account_learns_who_it_is_and_what_it_may_do(client: DynamicClient, namespace: str, signed_in: As) -> None:
    token = token_for(client, namespace, "asker")["status"]["token"]
    allow(client, namespace, "asker", READ_MAPS)
    other = signed_in(token)
    selves = other.resources.get(api_version="authentication.k8s.io/v1", kind="SelfSubjectReview")
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    user = selves.create(body).to_dict()["status"]["userInfo"]
    assert user["username"] == f"system:serviceaccount:{namespace}:asker"
    assert {f"system:serviceaccounts:{namespace}", "system:authenticated"} <= set(user["groups"])
    api = "authorization.k8s.io/v1"
    reviews = other.resources.get(api_version=api, kind="SelfSubjectRulesReview")
    asked = {"apiVersion": api, "kind": "SelfSubjectRulesReview", "spec": {"namespace": namespace}}
    rules = reviews.create(asked).to_dict()["status"]["resourceRules"]
    assert [row["resources"] for row in rules if row["apiGroups"] == [""]] == [["configmaps"]]


def test_whoever_brings_no_token_sees_nothing_but_the_version(
    client: DynamicClient, namespace: str, signed_in: As
) -> None:
    nobody = signed_in(token_for(client, namespace, "nobody")["status"]["token"])
    nobody.client.configuration.api_key.clear()
    assert nobody.request("get", "/version", serialize=False).status == 200
    with pytest.raises(ForbiddenError) as refusal:
        nobody.request("get", f"/api/v1/namespaces/{namespace}/pods")
    words = 'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace'
    assert status_of(refusal.value)["message"] == f'{words} "{namespace}"'


def test_other_paths_are_a_right_of_their_own(client: DynamicClient, namespace: str, signed_in: As) -> None:
    other = signed_in(token_for(client, namespace, "curious")["status"]["token"])
    with pytest.raises(ForbiddenError, match=r"cannot get path \\\"/metrics\\\""):
        other.request("get", "/metrics")
    with pytest.raises(NotFoundError):
        client.request("get", "/nothing")
