"""Who may do what: roles and short-lived tokens."""

from __future__ import annotations

import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ForbiddenError, UnauthorizedError

from tests.cluster.accounts import As, allow, token_for
from tests.cluster.manifests import config_map
from tests.cluster.refusals import said


def test_a_token_is_made_for_an_hour(client: DynamicClient, namespace: str) -> None:
    made = token_for(client, namespace, "deployer")
    assert made["status"]["token"]
    assert made["status"]["expirationTimestamp"].endswith("Z")
    with pytest.raises(ApiException) as refusal:
        token_for(client, namespace, "hasty", seconds=60)
    assert "may not specify a duration less than 10 minutes" in said(refusal.value)


def test_without_a_role_nothing_is_allowed(client: DynamicClient, namespace: str, signed_in: As) -> None:
    other = signed_in(token_for(client, namespace, "nobody")["status"]["token"])
    with pytest.raises(ForbiddenError) as refusal:
        other.resources.get(api_version="v1", kind="ConfigMap").get(namespace=namespace)
    user = f"system:serviceaccount:{namespace}:nobody"
    words = (
        f'configmaps is forbidden: User \\"{user}\\" cannot list resource \\"configmaps\\" in API group \\"\\" in the '
    )
    assert words + f'namespace \\"{namespace}\\"' in said(refusal.value)


def test_a_role_allows_its_verbs_in_its_namespace_only(client: DynamicClient, namespace: str, signed_in: As) -> None:
    token = token_for(client, namespace, "reader")["status"]["token"]
    allow(client, namespace, "reader", [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}])
    maps = signed_in(token).resources.get(api_version="v1", kind="ConfigMap")
    assert maps.get(namespace=namespace).items is not None
    with pytest.raises(ForbiddenError, match="cannot create resource"):
        maps.create(config_map(), namespace=namespace)
    with pytest.raises(ForbiddenError, match="cannot list resource"):
        maps.get(namespace="default")
    with pytest.raises(ForbiddenError, match="at the cluster scope"):
        maps.get()


def test_a_subresource_is_a_right_of_its_own(client: DynamicClient, namespace: str, signed_in: As) -> None:
    rules = [
        {"apiGroups": ["apps"], "resources": ["deployments/scale"], "verbs": ["*"]},
        {"apiGroups": [""], "resources": ["*"], "verbs": ["get"]},
    ]
    token = token_for(client, namespace, "scaler")["status"]["token"]
    allow(client, namespace, "scaler", rules)
    other = signed_in(token)
    with pytest.raises(ForbiddenError, match=r"deployments\.apps"):
        other.resources.get(api_version="apps/v1", kind="Deployment").get(namespace=namespace)
    with pytest.raises(ApiException, match="404"):
        other.resources.get(api_version="v1", kind="Service").get(name="none", namespace=namespace)


def test_to_reach_an_instance_is_a_right_of_its_own(client: DynamicClient, namespace: str, signed_in: As) -> None:
    path = f"/api/v1/namespaces/{namespace}/pods/none:8080/proxy/healthz"
    for name, resource, status, words in (
        ("reader", "pods", 403, 'cannot get resource \\"pods/proxy\\"'),
        ("prober", "pods/proxy", 404, 'pods \\"none\\" not found'),
    ):
        token = token_for(client, namespace, name)["status"]["token"]
        allow(client, namespace, name, [{"apiGroups": [""], "resources": [resource], "verbs": ["get"]}])
        with pytest.raises(ApiException) as refusal:
            signed_in(token).request("get", path, serialize=False)
        assert refusal.value.status == status
        assert words in said(refusal.value)


def test_a_made_up_token_is_nobody(signed_in: As, client: DynamicClient) -> None:
    with pytest.raises(UnauthorizedError):
        signed_in("sa.made-up").resources.get(api_version="v1", kind="Pod").get(namespace="default")


def test_asking_what_one_may_do(client: DynamicClient, namespace: str, signed_in: As) -> None:
    token = token_for(client, namespace, "asker")["status"]["token"]
    allow(client, namespace, "asker", [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}])
    api = "authorization.k8s.io/v1"
    reviews = signed_in(token).resources.get(api_version=api, kind="SelfSubjectAccessReview")
    answers = []
    for verb in ("get", "delete"):
        attributes = {"namespace": namespace, "verb": verb, "resource": "pods"}
        body = {"apiVersion": api, "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": attributes}}
        answers.append(reviews.create(body).status.allowed)
    assert answers == [True, False]
