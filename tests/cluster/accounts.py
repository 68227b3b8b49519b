"""Service accounts of a test: made with a token or a role, and clients that sign in with a token."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.resource import Resource

from tests.cluster.manifests import manifest
from tests.cluster.waiting import eventually

RBAC = "rbac.authorization.k8s.io/v1"
As = Callable[[str], DynamicClient]


def token_for(client: DynamicClient, namespace: str, account: str, *, seconds: int = 3600) -> dict[str, Any]:
    """A TokenRequest for an account that is made for it."""
    accounts = client.resources.get(api_version="v1", kind="ServiceAccount")
    accounts.create(manifest("v1", "ServiceAccount", account), namespace=namespace)
    body = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"expirationSeconds": seconds},
    }
    made: dict[str, Any] = accounts.subresources["token"].create(body, name=account, namespace=namespace).to_dict()
    return made


def allow(client: DynamicClient, namespace: str, account: str, rules: list[dict[str, Any]]) -> None:
    roles = client.resources.get(api_version=RBAC, kind="Role")
    bindings = client.resources.get(api_version=RBAC, kind="RoleBinding")
    roles.create(manifest(RBAC, "Role", account, rules=rules), namespace=namespace)
    binding = manifest(
        RBAC,
        "RoleBinding",
        account,
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": account},
        subjects=[{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
    )
    bindings.create(binding, namespace=namespace)


def settle(client: DynamicClient, namespace: str = "default") -> None:
    """Wait until all roles and bindings so far count: a real API server hears of each kind by a watch, in order.

    The last of each kind are made, for nobody, and asked about until they count.
    """
    name = f"settle-{uuid.uuid4().hex[:10]}"
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    made: list[tuple[Resource, dict[str, str]]] = []
    try:
        for reach, where in (("", {"namespace": namespace}), ("Cluster", {})):
            reference = {"apiGroup": RBAC.partition("/")[0], "kind": f"{reach}Role", "name": name}
            subjects = [{"kind": "User", "name": f"{name}{reach}"}]
            for kind, fields in (
                (f"{reach}Role", {"rules": [rule]}),
                (f"{reach}RoleBinding", {"roleRef": reference, "subjects": subjects}),
            ):
                resource = client.resources.get(api_version=RBAC, kind=kind)
                resource.create(manifest(RBAC, kind, name, **fields), **where)
                made.append((resource, where))
        eventually(lambda: _may(client, name, namespace), what="rights in a namespace count")
        eventually(lambda: _may(client, f"{name}Cluster", ""), what="rights in the whole cluster count")
    finally:
        for resource, where in reversed(made):
            resource.delete(name=name, **where)


def _may(client: DynamicClient, user: str, namespace: str) -> bool:
    api = "authorization.k8s.io/v1"
    asked = {"verb": "get", "resource": "pods", "namespace": namespace}
    body = {"apiVersion": api, "kind": "SubjectAccessReview", "spec": {"user": user, "resourceAttributes": asked}}
    answer = client.resources.get(api_version=api, kind="SubjectAccessReview").create(body)
    return bool(answer.status.allowed)
