"""The roles that people who run clusters bind to others: view, edit and admin, each with the one before it.

What they hold is told by labels: any ClusterRole may add its rules to them. Groups that are not served are left out.
"""

from __future__ import annotations

from ..objects import Object

_READ = ["get", "list", "watch"]
_WRITE = ["create", "delete", "deletecollection", "patch", "update"]
_ALL = sorted([*_READ, *_WRITE])


def _rule(group: str, resources: str, verbs: list[str]) -> Object:
    return {"verbs": verbs, "apiGroups": [group], "resources": resources.split()}


_VIEW = [
    _rule("", "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods", _READ),
    _rule("", "serviceaccounts services services/status", _READ),
    _rule("", "bindings events limitranges namespaces/status pods/log pods/status", _READ),
    _rule("", "resourcequotas resourcequotas/status namespaces", _READ),
    _rule("discovery.k8s.io", "endpointslices", _READ),
    _rule("apps", "controllerrevisions daemonsets daemonsets/status", _READ),
    _rule("apps", "deployments deployments/scale deployments/status", _READ),
    _rule("apps", "replicasets replicasets/scale replicasets/status", _READ),
    _rule("apps", "statefulsets statefulsets/scale statefulsets/status", _READ),
    _rule("autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status", _READ),
    _rule("batch", "cronjobs cronjobs/status jobs jobs/status", _READ),
    _rule("policy", "poddisruptionbudgets poddisruptionbudgets/status", _READ),
    _rule("networking.k8s.io", "ingresses ingresses/status networkpolicies", _READ),
]
_EDIT = [
    _rule("", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy", _READ),
    _rule("", "serviceaccounts", ["impersonate"]),
    _rule("", "pods pods/attach pods/exec pods/portforward pods/proxy", _WRITE),
    _rule("", "pods/eviction serviceaccounts/token", ["create"]),
    _rule("", "configmaps events persistentvolumeclaims secrets serviceaccounts services services/proxy", _WRITE),
    _rule("apps", "daemonsets deployments deployments/rollback deployments/scale", _WRITE),
    _rule("apps", "replicasets replicasets/scale statefulsets statefulsets/scale", _WRITE),
    _rule("autoscaling", "horizontalpodautoscalers", _WRITE),
    _rule("batch", "cronjobs jobs", _WRITE),
    _rule("policy", "poddisruptionbudgets", _WRITE),
    _rule("networking.k8s.io", "ingresses networkpolicies", _WRITE),
    _rule("coordination.k8s.io", "leases", _ALL),
]
_ADMIN = [
    _rule("authorization.k8s.io", "localsubjectaccessreviews", ["create"]),
    _rule("rbac.authorization.k8s.io", "rolebindings roles", _ALL),
]
PARTS: dict[str, list[Object]] = {"view": _VIEW, "edit": _EDIT, "admin": _ADMIN}
WITHIN = {"view": "edit", "edit": "admin"}
"""Which role holds another one whole."""


def label(role: str) -> str:
    """The label of the roles whose rules become part of this one."""
    return f"rbac.authorization.k8s.io/aggregate-to-{role}"
