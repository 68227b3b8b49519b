"""The roles and bindings that every control plane makes when it starts."""

from __future__ import annotations

from ..kinds import CLUSTER_ROLE, CLUSTER_ROLE_BINDING, Kind
from ..objects import Object
from ..world import World
from . import builtin
from .users import ANONYMOUS, AUTHENTICATED, MASTERS

_HEALTH = ["/healthz", "/livez", "/readyz", "/version", "/version/"]
_DISCOVERY = ["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*", *_HEALTH]
_ROLES: dict[str, tuple[tuple[str, ...], list[Object]]] = {
    "cluster-admin": (
        (MASTERS,),
        [
            {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
            {"verbs": ["*"], "nonResourceURLs": ["*"]},
        ],
    ),
    "system:discovery": ((AUTHENTICATED,), [{"verbs": ["get"], "nonResourceURLs": sorted(_DISCOVERY)}]),
    "system:basic-user": (
        (AUTHENTICATED,),
        [
            {
                "verbs": ["create"],
                "apiGroups": ["authorization.k8s.io"],
                "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
            },
            {"verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"]},
        ],
    ),
    "system:public-info-viewer": (
        (AUTHENTICATED, *ANONYMOUS.groups),
        [{"verbs": ["get"], "nonResourceURLs": _HEALTH}],
    ),
}


def plant(world: World) -> None:
    """Make those that are not there; also in a cluster that was kept from before it knew of rights."""
    for name, (groups, rules) in _ROLES.items():
        _make(world, CLUSTER_ROLE, _object("ClusterRole", name, rules=rules))
        _make(world, CLUSTER_ROLE_BINDING, _binding(name, groups))
    for name, rules in builtin.PARTS.items():
        part = _object("ClusterRole", f"system:aggregate-to-{name}", rules=rules)
        part["metadata"]["labels"][builtin.label(name)] = "true"
        _make(world, CLUSTER_ROLE, part)
        chosen = {"clusterRoleSelectors": [{"matchLabels": {builtin.label(name): "true"}}]}
        role = _object("ClusterRole", name, aggregationRule=chosen)
        if name in builtin.WITHIN:
            role["metadata"]["labels"][builtin.label(builtin.WITHIN[name])] = "true"
        _make(world, CLUSTER_ROLE, role)


def _make(world: World, kind: Kind, obj: Object) -> None:
    if world.store.get(kind, "", obj["metadata"]["name"]) is None:
        world.create(kind, obj)


def _object(kind: str, name: str, **fields: object) -> Object:
    meta = {
        "name": name,
        "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
        "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"},
    }
    return {"apiVersion": CLUSTER_ROLE.api_version, "kind": kind, "metadata": meta, **fields}


def _binding(name: str, groups: tuple[str, ...]) -> Object:
    subjects = [{"kind": "Group", "apiGroup": CLUSTER_ROLE.group, "name": group} for group in groups]
    role = {"apiGroup": CLUSTER_ROLE.group, "kind": "ClusterRole", "name": name}
    return _object("ClusterRoleBinding", name, subjects=subjects, roleRef=role)
