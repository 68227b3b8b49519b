"""The rules of each kind, for creation and for change."""

from __future__ import annotations

from collections.abc import Callable

from .. import kinds
from ..errors import Cause
from ..kinds import Kind
from ..objects import Object, is_deleting, labels_of
from ..pod_security import label_faults
from . import (
    admission_policies,
    autoscaling,
    claims,
    jobs,
    limits,
    names,
    network,
    network_policies,
    pods,
    policies,
    quotas,
    rights,
    routes,
    stateful,
    workloads,
)
from .finalizers import finalizers

_CONFIG_LIMIT = 1024 * 1024
_LABEL_NAMED = frozenset({kinds.NAMESPACE.resource})
_PATH_NAMED = frozenset(
    kind.resource for kind in (kinds.ROLE, kinds.ROLE_BINDING, kinds.CLUSTER_ROLE, kinds.CLUSTER_ROLE_BINDING)
)


def _config(obj: Object) -> list[Cause]:
    causes: list[Cause] = []
    size = 0
    for field in ("data", "binaryData"):
        for key, value in (obj.get(field) or {}).items():
            causes += names.config_key(f"{field}[{key}]", key)
            size += len(value)
    if size > _CONFIG_LIMIT:
        causes.append(Cause("", "FieldValueTooLong", f"Too long: may not be more than {_CONFIG_LIMIT} bytes"))
    return causes


_NEEDED = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
}


def _secret(obj: Object) -> list[Cause]:
    needed = _NEEDED.get(obj.get("type", ""), ())
    lacks = [key for key in needed if key not in {**(obj.get("data") or {}), **(obj.get("stringData") or {})}]
    return [*_config(obj), *(names.required(f"data[{key}]") for key in lacks)]


def _config_update(old: Object, new: Object) -> list[Cause]:
    causes: list[Cause] = []
    if old.get("immutable"):
        words = "field is immutable when `immutable` is set"
        if not new.get("immutable"):
            causes.append(names.forbidden("immutable", words))
        causes += [
            names.forbidden(field, words) for field in ("data", "binaryData") if old.get(field) != new.get(field)
        ]
    if old.get("type") != new.get("type"):
        causes.append(names.immutable("type", new.get("type")))
    return causes


def _pod(obj: Object) -> list[Cause]:
    return pods.pod_spec(obj.get("spec"), "spec")


def _namespace(obj: Object) -> list[Cause]:
    labels = labels_of(obj)
    faults = label_faults(labels)
    return [names.bad(f"metadata.labels[{label}]", labels[label], words) for label, words in faults]


_NAMED_BY_RULE = frozenset({kinds.STATEFUL_SET.resource})
"""Kinds whose own rule judges the name."""
_CREATE: dict[str, Callable[[Object], list[Cause]]] = {
    kinds.POD.resource: _pod,
    kinds.NAMESPACE.resource: _namespace,
    kinds.DEPLOYMENT.resource: workloads.deployment,
    kinds.REPLICA_SET.resource: workloads.replica_set,
    kinds.AUTOSCALER.resource: autoscaling.autoscaler,
    kinds.RESOURCE_QUOTA.resource: quotas.quota,
    kinds.CLAIM.resource: claims.claim,
    kinds.JOB.resource: jobs.job,
    kinds.CRON_JOB.resource: jobs.cron_job,
    kinds.STATEFUL_SET.resource: stateful.stateful_set,
    kinds.CONFIG_MAP.resource: _config,
    kinds.SECRET.resource: _secret,
    kinds.SERVICE.resource: network.service,
    kinds.INGRESS.resource: network.ingress,
    kinds.GATEWAY.resource: network.gateway,
    kinds.HTTP_ROUTE.resource: routes.http_route,
    kinds.ROLE.resource: rights.role,
    kinds.CLUSTER_ROLE.resource: rights.cluster_role,
    kinds.ROLE_BINDING.resource: rights.role_binding,
    kinds.CLUSTER_ROLE_BINDING.resource: rights.cluster_role_binding,
    kinds.DISRUPTION_BUDGET.resource: policies.budget,
    kinds.LIMIT_RANGE.resource: limits.limit_range,
    kinds.PRIORITY_CLASS.resource: policies.priority_class,
    kinds.NETWORK_POLICY.resource: network_policies.network_policy,
    kinds.ADMISSION_POLICY.resource: admission_policies.policy,
    kinds.ADMISSION_BINDING.resource: admission_policies.binding,
}
_UPDATE: dict[str, Callable[[Object, Object], list[Cause]]] = {
    kinds.POD.resource: pods.pod_update,
    kinds.DEPLOYMENT.resource: workloads.selector_update,
    kinds.REPLICA_SET.resource: workloads.selector_update,
    kinds.CONFIG_MAP.resource: _config_update,
    kinds.SECRET.resource: _config_update,
    kinds.SERVICE.resource: network.service_update,
    kinds.ROLE_BINDING.resource: rights.binding_update,
    kinds.CLUSTER_ROLE_BINDING.resource: rights.binding_update,
    kinds.CLAIM.resource: claims.claim_update,
    kinds.JOB.resource: jobs.job_update,
    kinds.STATEFUL_SET.resource: stateful.stateful_set_update,
    kinds.PRIORITY_CLASS.resource: policies.priority_class_update,
}


def _metadata(obj: Object, kind: Kind) -> list[Cause]:
    meta = obj["metadata"]
    name = meta.get("name", "")
    if not name:
        return [names.required("metadata.name", "name or generateName is required")]
    if kind.resource in _NAMED_BY_RULE:
        causes = []
    elif kind.resource in _LABEL_NAMED:
        causes = names.dns_label("metadata.name", name)
    elif kind.resource in _PATH_NAMED:
        causes = rights.path_name("metadata.name", name)
    elif kind.resource == kinds.SERVICE.resource:
        causes = names.dns_1035("metadata.name", name)
    else:
        causes = names.dns_subdomain("metadata.name", name)
    causes += names.labels("metadata.labels", meta.get("labels"))
    causes += names.annotation_map("metadata.annotations", meta.get("annotations"))
    causes += finalizers(meta.get("finalizers") or [], custom=kind.custom)
    for place, reference in enumerate(meta.get("ownerReferences") or ()):
        for field in ("apiVersion", "kind", "name", "uid"):
            if not reference.get(field):
                words = f"{'version' if field == 'apiVersion' else field} must not be empty"
                causes.append(names.bad(f"metadata.ownerReferences[{place}].{field}", "", words))
    return causes


def check_create(obj: Object, *, kind: Kind) -> list[Cause]:
    """Everything wrong with a new object, its defaults already filled in."""
    rule = _CREATE.get(kind.resource)
    return _metadata(obj, kind) + (rule(obj) if rule else [])


def check_update(old: Object, new: Object, *, kind: Kind) -> list[Cause]:
    """Everything wrong with a change: what would be wrong with a new object, and what may not change."""
    rule = _UPDATE.get(kind.resource)
    return _new_finalizers(old, new) + check_create(new, kind=kind) + (rule(old, new) if rule else [])


def _new_finalizers(old: Object, new: Object) -> list[Cause]:
    """What is being deleted is kept by nobody who did not keep it before."""
    had, has = (one["metadata"].get("finalizers") or () for one in (old, new))
    added = sorted({*has} - {*had})
    if not is_deleting(old) or not added:
        return []
    told = ", ".join(f'"{one}"' for one in added)
    words = f"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{told}}}"
    # Twice, because the rules of all objects and those of the kind both look at it.
    return [names.forbidden("metadata.finalizers", words)] * 2
