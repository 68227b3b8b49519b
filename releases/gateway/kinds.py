"""The kinds Slipway reads and writes, and where an API server serves them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CLONESET_GROUP = "apps.kruise.io"
GATEWAY_GROUP = "gateway.networking.k8s.io"


@dataclass(frozen=True)
class Kind:
    """A kind in one version. `api_version` as manifests spell it, `plural` as URLs do."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool = True

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    @property
    def version(self) -> str:
        return self.api_version.rpartition("/")[2]

    @property
    def path(self) -> str:
        """The path under which objects of all namespaces are served."""
        return f"/{'apis' if self.group else 'api'}/{self.api_version}/{self.plural}"


NAMESPACE = Kind("v1", "Namespace", "namespaces", namespaced=False)
# Looked for only: whoever runs the cluster makes them.
RUNTIME_CLASS = Kind("node.k8s.io/v1", "RuntimeClass", "runtimeclasses", namespaced=False)
POD = Kind("v1", "Pod", "pods")
NODE = Kind("v1", "Node", "nodes", namespaced=False)
EVENT = Kind("v1", "Event", "events")
REPLICASET = Kind("apps/v1", "ReplicaSet", "replicasets")
DEPLOYMENT = Kind("apps/v1", "Deployment", "deployments")
STATEFULSET = Kind("apps/v1", "StatefulSet", "statefulsets")

WRITTEN = (
    DEPLOYMENT,
    STATEFULSET,
    Kind(f"{CLONESET_GROUP}/v1beta1", "CloneSet", "clonesets"),
    Kind("v1", "Service", "services"),
    Kind("v1", "ConfigMap", "configmaps"),
    Kind("v1", "Secret", "secrets"),
    Kind("v1", "ServiceAccount", "serviceaccounts"),
    Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    Kind("networking.k8s.io/v1", "Ingress", "ingresses"),
    Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    Kind(f"{GATEWAY_GROUP}/v1", "HTTPRoute", "httproutes"),
    Kind("batch/v1", "Job", "jobs"),
    Kind("batch/v1", "CronJob", "cronjobs"),
    Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    Kind("v1", "ResourceQuota", "resourcequotas"),
    Kind("v1", "LimitRange", "limitranges"),
)
# Of the tenant, not of an app: made once, so no release prunes it.
GATEWAY = Kind(f"{GATEWAY_GROUP}/v1", "Gateway", "gateways")
# What a provision release makes for a tenant or for Slipway itself, beside what apps have too.
RBAC_VERSION = "rbac.authorization.k8s.io/v1"
PROVIDED = (
    Kind(RBAC_VERSION, "Role", "roles"),
    Kind(RBAC_VERSION, "RoleBinding", "rolebindings"),
    Kind(RBAC_VERSION, "ClusterRole", "clusterroles", namespaced=False),
    Kind(RBAC_VERSION, "ClusterRoleBinding", "clusterrolebindings", namespaced=False),
)
WORKLOADS = ("Deployment", "StatefulSet", "CloneSet")

# What a release may remove when its app no longer has it. Volumes hold data: no release ever removes them. Jobs are
# those of steps: what a CronJob has made goes with that.
PRUNED = tuple(kind for kind in WRITTEN if kind.kind not in ("PersistentVolumeClaim", "ResourceQuota", "LimitRange"))

_BY_NAME = {kind.kind: kind for kind in (*WRITTEN, *PROVIDED, GATEWAY, NAMESPACE, POD, EVENT, REPLICASET)}


def kind_named(name: str) -> Kind:
    """The kind called `name` in the version Slipway prefers. Raises ValueError for a kind it never touches."""
    if name not in _BY_NAME:
        raise ValueError(f"Slipway does not handle objects of kind {name}.")
    return _BY_NAME[name]


def kind_of(manifest: Mapping[str, Any]) -> Kind:
    """The kind of a manifest, in the version the manifest is written in."""
    known = kind_named(str(manifest["kind"]))
    return Kind(str(manifest["apiVersion"]), known.kind, known.plural, namespaced=known.namespaced)
