"""Service accounts of a test: made with a token or a role, and clients that sign in with a token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubernetes.dynamic import DynamicClient

from tests.cluster.manifests import manifest

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
