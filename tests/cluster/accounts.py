"""Service accounts of a test: made with a token or a role, and clients that sign in with a token."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

from kubernetes.dynamic import DynamicClient

from tests.cluster.manifests import manifest

RBAC = "rbac.authorization.k8s.io/v1"
As = Callable[[str], DynamicClient]
_moment = threading.Event()


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
    """Wait until all roles and bindings so far count: a real API server hears of them by watches, in order.

    A last role and binding are made, for nobody, and asked about until they count.
    """
    name = f"settle-{uuid.uuid4().hex[:10]}"
    roles = client.resources.get(api_version=RBAC, kind="Role")
    bindings = client.resources.get(api_version=RBAC, kind="RoleBinding")
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
    roles.create(manifest(RBAC, "Role", name, rules=[rule]), namespace=namespace)
    subjects = [{"kind": "User", "name": name}]
    bindings.create(manifest(RBAC, "RoleBinding", name, roleRef=reference, subjects=subjects), namespace=namespace)
    try:
        for _try in range(400):
            if _may(client, name, namespace):
                return
            _moment.wait(0.02)
        raise AssertionError("the rights did not come to count")
    finally:
        bindings.delete(name=name, namespace=namespace)
        roles.delete(name=name, namespace=namespace)


def _may(client: DynamicClient, user: str, namespace: str) -> bool:
    api = "authorization.k8s.io/v1"
    asked = {"verb": "get", "resource": "pods", "namespace": namespace}
    body = {"apiVersion": api, "kind": "SubjectAccessReview", "spec": {"user": user, "resourceAttributes": asked}}
    answer = client.resources.get(api_version=api, kind="SubjectAccessReview").create(body)
    return bool(answer.status.allowed)
