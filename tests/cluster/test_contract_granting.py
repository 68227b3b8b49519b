"""Who may hand out rights, and the roles that every cluster has for it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ForbiddenError, NotFoundError, UnprocessibleEntityError
from kubernetes.dynamic.resource import Resource

from tests.cluster.accounts import RBAC, As, allow, settle, token_for
from tests.cluster.manifests import config_map, deployment, manifest
from tests.cluster.refusals import status_of
from tests.cluster.waiting import until

ASK = "authorization.k8s.io/v1"
GROUP = "rbac.authorization.k8s.io"
WRITES_ROLES = {"apiGroups": [GROUP], "resources": ["roles", "rolebindings"], "verbs": ["create", "patch"]}
READS_MAPS = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}
JOE = [{"kind": "User", "name": "joe"}]
MERGE = "application/merge-patch+json"


@pytest.fixture
def granter(client: DynamicClient, namespace: str, signed_in: As) -> DynamicClient:
    """An account that writes roles and bindings, and reads ConfigMaps."""
    token = token_for(client, namespace, "granter")["status"]["token"]
    allow(client, namespace, "granter", [WRITES_ROLES, READS_MAPS])
    return signed_in(token)


def _bind(client: DynamicClient, namespace: str, kind: str, role: str, *, to: Any = JOE, name: str = "") -> None:
    bindings = client.resources.get(api_version=RBAC, kind="RoleBinding")
    reference = {"apiGroup": GROUP, "kind": kind, "name": role}
    body = manifest(RBAC, "RoleBinding", name or role, roleRef=reference, subjects=to)
    bindings.create(body, namespace=namespace)


def _as(client: DynamicClient, namespace: str, signed_in: As, role: str) -> DynamicClient:
    """An account that holds one of the cluster's own roles in the namespace."""
    token = token_for(client, namespace, "holder")["status"]["token"]
    _bind(client, namespace, "ClusterRole", role, to=[{"kind": "ServiceAccount", "name": "holder"}])
    return signed_in(token)


def _role(client: DynamicClient) -> Resource:
    return client.resources.get(api_version=RBAC, kind="Role")


def test_a_role_holds_no_more_than_its_writer_has(granter: DynamicClient, namespace: str) -> None:
    roles = _role(granter)
    roles.create(manifest(RBAC, "Role", "same", rules=[READS_MAPS]), namespace=namespace)
    more = [
        {"apiGroups": ["", "apps"], "resources": ["configmaps"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["one"], "verbs": ["get"]},
    ]
    with pytest.raises(ForbiddenError) as refusal:
        roles.create(manifest(RBAC, "Role", "more", rules=more), namespace=namespace)
    accounts = f'"system:serviceaccounts" "system:serviceaccounts:{namespace}" "system:authenticated"'
    assert status_of(refusal.value)["message"] == (
        f'roles.{GROUP} "more" is forbidden: user "system:serviceaccount:{namespace}:granter" (groups=[{accounts}]) is '
        "attempting to grant RBAC permissions not currently held:\n"
        '{APIGroups:[""], Resources:["configmaps"], Verbs:["list" "watch"]}\n'
        '{APIGroups:[""], Resources:["secrets"], ResourceNames:["one"], Verbs:["get"]}\n'
        '{APIGroups:["apps"], Resources:["configmaps"], Verbs:["get" "list" "watch"]}'
    )
    with pytest.raises(ForbiddenError, match="not currently held"):
        roles.patch({"rules": more}, name="same", namespace=namespace, content_type=MERGE)


def test_a_binding_gives_no_more_than_its_writer_has(
    client: DynamicClient, granter: DynamicClient, namespace: str
) -> None:
    _role(client).create(manifest(RBAC, "Role", "same", rules=[READS_MAPS]), namespace=namespace)
    _bind(granter, namespace, "Role", "same")
    with pytest.raises(ForbiddenError, match=r"\{NonResourceURLs:\[\\\"\*\\\"\], Verbs:\[\\\"\*\\\"\]\}"):
        _bind(granter, namespace, "ClusterRole", "cluster-admin")
    with pytest.raises(NotFoundError):
        _bind(granter, namespace, "Role", "none")


def test_whoever_may_bind_a_role_need_not_have_it(
    client: DynamicClient, granter: DynamicClient, namespace: str
) -> None:
    rule = {"apiGroups": [GROUP], "resources": ["clusterroles"], "resourceNames": ["view"], "verbs": ["bind"]}
    _role(client).create(manifest(RBAC, "Role", "binds", rules=[rule]), namespace=namespace)
    _bind(client, namespace, "Role", "binds", to=[{"kind": "ServiceAccount", "name": "granter"}])
    settle(client)
    _bind(granter, namespace, "ClusterRole", "view")
    with pytest.raises(ForbiddenError):
        _bind(granter, namespace, "ClusterRole", "edit")


def test_view_reads_all_but_secrets(client: DynamicClient, namespace: str, signed_in: As) -> None:
    viewer = _as(client, namespace, signed_in, "view")
    assert viewer.resources.get(api_version="apps/v1", kind="Deployment").get(namespace=namespace).items == []
    with pytest.raises(ForbiddenError):
        viewer.resources.get(api_version="v1", kind="Secret").get(namespace=namespace)
    with pytest.raises(ForbiddenError):
        viewer.resources.get(api_version="v1", kind="ConfigMap").create(config_map(), namespace=namespace)


def test_edit_writes_workloads_but_no_roles(client: DynamicClient, namespace: str, signed_in: As) -> None:
    editor = _as(client, namespace, signed_in, "edit")
    editor.resources.get(api_version="apps/v1", kind="Deployment").create(deployment(), namespace=namespace)
    assert editor.resources.get(api_version="v1", kind="Secret").get(namespace=namespace).items is not None
    with pytest.raises(ForbiddenError):
        _role(editor).create(manifest(RBAC, "Role", "more", rules=[READS_MAPS]), namespace=namespace)


def test_admin_hands_out_what_it_has(client: DynamicClient, namespace: str, signed_in: As) -> None:
    admin = _as(client, namespace, signed_in, "admin")
    _bind(admin, namespace, "ClusterRole", "edit", name="for-joe")
    with pytest.raises(ForbiddenError):
        _bind(admin, namespace, "ClusterRole", "cluster-admin")


def test_a_label_adds_a_role_to_another(client: DynamicClient) -> None:
    part_name, mark = f"test:part-{uuid.uuid4().hex[:10]}", uuid.uuid4().hex
    whole_name = f"{part_name}-whole"
    roles = client.resources.get(api_version=RBAC, kind="ClusterRole")
    part = manifest(RBAC, "ClusterRole", part_name, rules=[READS_MAPS])
    part["metadata"]["labels"] = {"part-of": mark}
    chosen = {"clusterRoleSelectors": [{"matchLabels": {"part-of": mark}}]}
    roles.create(manifest(RBAC, "ClusterRole", whole_name, aggregationRule=chosen))
    roles.create(part)
    try:
        until(roles, "", lambda obj: obj.get("rules") == [READS_MAPS], name=whole_name)
    finally:
        roles.delete(name=part_name)
        roles.delete(name=whole_name)


@pytest.mark.parametrize(
    ("whose", "allowed"), [({"user": "joe"}, True), ({"user": "ann"}, False), ({"groups": ["system:masters"]}, True)]
)
def test_one_may_ask_what_others_may_do(
    client: DynamicClient, namespace: str, whose: dict[str, Any], allowed: bool
) -> None:
    _bind(client, namespace, "ClusterRole", "view")
    settle(client)
    attributes = {"namespace": namespace, "verb": "get", "resource": "pods"}
    for kind, where in (("SubjectAccessReview", {}), ("LocalSubjectAccessReview", {"namespace": namespace})):
        reviews = client.resources.get(api_version=ASK, kind=kind)
        body = {"apiVersion": ASK, "kind": kind, "spec": {"resourceAttributes": attributes, **whose}}
        assert reviews.create(body, **where).status.allowed is allowed


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"user": "joe"}, "exactly one of nonResourceAttributes or resourceAttributes must be specified"),
        ({"resourceAttributes": {"verb": "get"}}, "at least one of user or group must be specified"),
    ],
)
def test_a_question_says_who_and_what(client: DynamicClient, spec: dict[str, Any], words: str) -> None:
    reviews = client.resources.get(api_version=ASK, kind="SubjectAccessReview")
    with pytest.raises(UnprocessibleEntityError) as refusal:
        reviews.create({"apiVersion": ASK, "kind": "SubjectAccessReview", "spec": spec})
    message = status_of(refusal.value)["message"]
    assert message.startswith('.authorization.k8s.io "" is invalid: spec.') and message.endswith(words)
