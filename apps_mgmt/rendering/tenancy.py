"""What stands on a cluster before the first app: a tenant's namespace with its stops, and the accounts Slipway acts as.

The namespace's ResourceQuota is a stop for runaways and not the ledger, so it is wider than what the ledger allows:
half as much again, and ten small instances, because instances that are going still count there. Where more is in use
than is allowed, as after the end of a raise, it is wider than that: what runs goes on, and comes back when it is lost.
A cluster's share of a tenant's quota is all of it, as long as nobody divides it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from apps_mgmt.rendering.extras import GATEWAY_NAMESPACE
from apps_mgmt.rendering.facts import CLONESET_BETA, GATEWAY_API, Manifest
from apps_mgmt.rendering.names import MANAGED_BY, MANAGER, OWN_NETWORK, TENANT
from apps_mgmt.spec.quantity import bytes_of, format_bytes, format_millicores, millicores
from apps_mgmt.spec.resources import DEFAULT_SIZES

SYSTEM = "slipway"
"""The namespace of Slipway's own account. No tenant's can be called so: those have a hyphen, or `spaces` refuses it."""
ISOLATION = "slipway.dev/isolation"
# What Pod Security holds the pods of tenants to.
LEVEL = "baseline"
OBSERVER = "slipway-observer"
DEPLOYER = "slipway-deployer"

_RBAC = "rbac.authorization.k8s.io"
_SPARE = 10
_SMALL = DEFAULT_SIZES["small"]
_WRITE = ("get", "list", "watch", "create", "update", "patch", "delete")
_READ = ("get", "list", "watch")
_KRUISE, _GATEWAY = CLONESET_BETA.partition("/")[0], GATEWAY_API.partition("/")[0]


@dataclass(frozen=True)
class TenancyFacts:
    """Whose namespace, what there has to be room for by dimension, and the tenant's isolation.

    `room` is the tenant's limits, or what is in use where that is more, in the units of `apps_mgmt.spec.usage`.
    `isolation` is its level, a label of the namespace: for whoever has policies of the cluster's own.
    """

    tenant: str
    namespace: str
    room: Mapping[str, int]
    isolation: str = "namespace"


def cluster_manifests() -> tuple[Manifest, ...]:
    """Slipway's observer: it may look at everything on the cluster but Secrets."""
    labels = {MANAGED_BY: MANAGER}
    return (
        _object("v1", "Namespace", SYSTEM, labels=labels | pod_security("restricted")),
        _object("v1", "ServiceAccount", OBSERVER, SYSTEM, labels=labels, automountServiceAccountToken=False),
        _object(f"{_RBAC}/v1", "ClusterRole", OBSERVER, labels=labels, rules=observer_rules()),
        _object(
            f"{_RBAC}/v1",
            "ClusterRoleBinding",
            OBSERVER,
            labels=labels,
            roleRef={"apiGroup": _RBAC, "kind": "ClusterRole", "name": OBSERVER},
            subjects=[{"kind": "ServiceAccount", "name": OBSERVER, "namespace": SYSTEM}],
        ),
    )


def tenant_manifests(facts: TenancyFacts) -> tuple[Manifest, ...]:
    """A tenant's namespace: Pod Security, quota, defaults, who may reach its instances, and who may deploy there."""
    labels = {MANAGED_BY: MANAGER, TENANT: facts.tenant}
    space = facts.namespace
    return (
        _object("v1", "Namespace", space, labels=labels | pod_security(LEVEL) | {ISOLATION: facts.isolation}),
        _object("v1", "ResourceQuota", "slipway", space, labels=labels, spec={"hard": hard(facts.room)}),
        _object("v1", "LimitRange", "slipway", space, labels=labels, spec={"limits": [_defaults()]}),
        _object("networking.k8s.io/v1", "NetworkPolicy", "slipway", space, labels=labels, spec=_network()),
        _object("v1", "ServiceAccount", DEPLOYER, space, labels=labels, automountServiceAccountToken=False),
        _object(f"{_RBAC}/v1", "Role", DEPLOYER, space, labels=labels, rules=deployer_rules()),
        _object(
            f"{_RBAC}/v1",
            "RoleBinding",
            DEPLOYER,
            space,
            labels=labels,
            roleRef={"apiGroup": _RBAC, "kind": "Role", "name": DEPLOYER},
            subjects=[{"kind": "ServiceAccount", "name": DEPLOYER, "namespace": space}],
        ),
    )


def hard(room: Mapping[str, int]) -> dict[str, str]:
    """The ResourceQuota's `hard` for what there has to be room for, in units that people read: it is shown first."""
    return {
        "pods": str(_wider(room["instances"], 1)),
        "requests.cpu": format_millicores(_wider(room["cpu"], millicores(_SMALL.cpu_request))),
        "requests.memory": format_bytes(_wider(room["memory"], bytes_of(_SMALL.memory_request))),
        "requests.ephemeral-storage": format_bytes(_wider(room["ephemeral"], bytes_of(_SMALL.ephemeral_request))),
        "requests.storage": format_bytes(_wider(room["storage"], 0)),
        "requests.nvidia.com/gpu": str(_wider(room["gpu"], 0)),
    }


def deployer_rules() -> list[Manifest]:
    """What a release does in a tenant's namespace, and nothing else."""
    return [
        _rule("", ("configmaps", "secrets", "services", "serviceaccounts", "persistentvolumeclaims"), _WRITE),
        _rule("apps", ("deployments", "statefulsets"), _WRITE),
        _rule(_KRUISE, ("clonesets",), _WRITE),
        _rule("autoscaling", ("horizontalpodautoscalers",), _WRITE),
        _rule("policy", ("poddisruptionbudgets",), _WRITE),
        _rule("networking.k8s.io", ("ingresses", "networkpolicies"), _WRITE),
        _rule(_GATEWAY, ("gateways", "httproutes"), _WRITE),
        _rule("batch", ("jobs", "cronjobs"), _WRITE),
        _rule("apps", ("replicasets", "controllerrevisions"), _READ),
        _rule("", ("pods",), (*_READ, "delete")),
        _rule("", ("pods/eviction",), ("create",)),
        _rule("", ("pods/proxy",), ("get",)),  # for checks of releases that ask the instances themselves
        _rule("", ("pods/log", "events"), _READ),
    ]


def observer_rules() -> list[Manifest]:
    """Everything an agent looks at; Secrets are not among it."""
    return [
        _rule(
            "",
            ("namespaces", "nodes", "pods", "pods/log", "events", "services", "configmaps", "persistentvolumeclaims",
             "resourcequotas", "limitranges", "serviceaccounts"),
            _READ,
        ),
        _rule("apps", ("deployments", "replicasets", "statefulsets", "controllerrevisions"), _READ),
        _rule(_KRUISE, ("clonesets",), _READ),
        _rule("autoscaling", ("horizontalpodautoscalers",), _READ),
        _rule("policy", ("poddisruptionbudgets",), _READ),
        _rule("networking.k8s.io", ("ingresses", "networkpolicies"), _READ),
        _rule(_GATEWAY, ("gateways", "httproutes"), _READ),
        _rule("batch", ("jobs", "cronjobs"), _READ),
    ]  # fmt: skip


def provisioner_rules() -> list[Manifest]:
    """What the account of a kubeconfig has to be allowed on a whole cluster: what makes a tenant's place ready and
    looks at it, and all that the accounts made there may do, because nobody can give what they lack.
    """
    return [
        _rule("", ("namespaces",), ("create", "patch")),
        _rule("", ("resourcequotas", "limitranges", "serviceaccounts"), ("create", "patch")),
        _rule("networking.k8s.io", ("networkpolicies",), ("create", "patch")),
        _rule(_RBAC, ("roles", "clusterroles"), ("create", "patch")),
        # Which role a binding gives cannot be changed, so one that gives another is made anew.
        _rule(_RBAC, ("rolebindings", "clusterrolebindings"), ("get", "create", "patch", "delete")),
        _rule("", ("serviceaccounts/token",), ("create",)),
        _rule("node.k8s.io", ("runtimeclasses",), ("get",)),
        *observer_rules(),
        *deployer_rules(),
    ]


def _rule(group: str, resources: tuple[str, ...], verbs: tuple[str, ...]) -> Manifest:
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}


def _wider(limit: int, each: int) -> int:
    return ceil(limit * 3 / 2) + _SPARE * each


def pod_security(profile: str) -> dict[str, str]:
    """What is refused, and what is only warned of, because an app may be made stricter than it has to be."""
    prefix = "pod-security.kubernetes.io"
    return {f"{prefix}/enforce": profile, f"{prefix}/warn": "restricted", f"{prefix}/audit": "restricted"}


def _defaults() -> Manifest:
    """For containers that ask for nothing: a quota on requests refuses those."""
    requests = {
        "cpu": _SMALL.cpu_request,
        "memory": _SMALL.memory_request,
        "ephemeral-storage": _SMALL.ephemeral_request,
    }
    return {"type": "Container", "defaultRequest": requests}


# Link-local addresses, then where clouds have their metadata service over IPv6: AWS, Google Cloud, Oracle.
_METADATA_6 = ("fe80::/10", "fd00:ec2::254/128", "fd20:ce::254/128", "fd00:c1::a9fe:a9fe/128")


def _network() -> Manifest:
    """From the tenant's own namespace and the gateways' only, and never to the machines' metadata service.

    An app that has a policy of its own is out of this one: policies add up, so this one would open what that closes.
    """
    gateways = {"namespaceSelector": {"matchLabels": {GATEWAY_NAMESPACE: "true"}}}
    everywhere = [
        {"namespaceSelector": {}},
        {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}},
        {"ipBlock": {"cidr": "::/0", "except": [*_METADATA_6]}},
    ]
    return {
        "podSelector": {"matchExpressions": [{"key": OWN_NETWORK, "operator": "DoesNotExist"}]},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": [{"podSelector": {}}, gateways]}],
        "egress": [{"to": everywhere}],
    }


def _object(
    api_version: str, kind: str, name: str, namespace: str = "", *, labels: Mapping[str, str], **body: object
) -> Manifest:
    metadata: Manifest = {"name": name, "labels": dict(labels)}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **body}
