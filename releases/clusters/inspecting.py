"""Asking a cluster what it is: its version, what it serves, and what Slipway's account may do there. Reads only.

The rights are those that `provision` and a tenant's deployer need in the end; the account of the kubeconfig gives
them on, and Kubernetes lets nobody give what they lack.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from releases.gateway import discovery
from releases.gateway.client import Client
from releases.gateway.refusals import Absent
from tenants.clusters import Connection

_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
NEEDED = (
    ("create", "", "namespaces"),
    ("create", "", "resourcequotas"),
    ("create", "", "limitranges"),
    ("create", "", "serviceaccounts"),
    ("create", "", "serviceaccounts/token"),
    ("create", "rbac.authorization.k8s.io", "rolebindings"),
    ("create", "networking.k8s.io", "networkpolicies"),
    ("list", "", "pods"),
    ("watch", "apps", "deployments"),
    ("patch", "apps", "deployments"),
    ("create", "", "secrets"),
)
"""(verb, group, resource or resource/subresource), cluster-wide."""


def inspect(connection: Connection) -> dict[str, Any]:
    """`{server_version, groups, gateway_api, cloneset, lacks: ["create namespaces", …] or None, checked_at}`.

    `lacks` is None where the cluster cannot be asked. Raises ClusterAway and AccessRefused with the reason. The
    breaker has no part in it: a person is waiting for an answer, and wants the one of now.
    """
    client = Client(connection)
    try:
        found = discovery.capabilities(client)
        return {**found, "lacks": _lacks(client), "checked_at": timezone.now().isoformat(timespec="seconds")}
    finally:
        client.close()


def _lacks(client: Client) -> list[str] | None:
    try:
        return [f"{verb} {resource}" for verb, group, resource in NEEDED if not _may(client, verb, group, resource)]
    except Absent:
        return None


def _may(client: Client, verb: str, group: str, resource: str) -> bool:
    name, _slash, subresource = resource.partition("/")
    asked = {"verb": verb, "group": group, "resource": name, "subresource": subresource}
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": asked},
    }
    answer = client.json("POST", _REVIEWS, what="SelfSubjectAccessReview", body=body)
    return bool((answer.get("status") or {}).get("allowed"))
