"""Which shape belongs to which kind."""

from __future__ import annotations

from .. import kinds
from ..kinds import Kind
from . import admission_policies, batch, network, pods, policies, rights, stateful, workloads
from .model import Struct

_SCHEMAS: dict[str, Struct] = {
    kinds.NAMESPACE.resource: workloads.NAMESPACE,
    kinds.NODE.resource: workloads.NODE,
    kinds.POD.resource: pods.POD,
    kinds.SERVICE.resource: network.SERVICE,
    kinds.CONFIG_MAP.resource: pods.CONFIG_MAP,
    kinds.SECRET.resource: pods.SECRET,
    kinds.SERVICE_ACCOUNT.resource: pods.SERVICE_ACCOUNT,
    kinds.CLAIM.resource: stateful.CLAIM,
    kinds.EVENT.resource: workloads.EVENT,
    kinds.RESOURCE_QUOTA.resource: workloads.RESOURCE_QUOTA,
    kinds.DEPLOYMENT.resource: workloads.DEPLOYMENT,
    kinds.REPLICA_SET.resource: workloads.REPLICA_SET,
    kinds.STATEFUL_SET.resource: stateful.STATEFUL_SET,
    kinds.CONTROLLER_REVISION.resource: stateful.CONTROLLER_REVISION,
    kinds.JOB.resource: batch.JOB,
    kinds.CRON_JOB.resource: batch.CRON_JOB,
    kinds.AUTOSCALER.resource: workloads.AUTOSCALER,
    kinds.INGRESS.resource: network.INGRESS,
    kinds.GATEWAY.resource: network.GATEWAY,
    kinds.HTTP_ROUTE.resource: network.HTTP_ROUTE,
    **rights.SCHEMAS,
    **policies.SCHEMAS,
    **admission_policies.SCHEMAS,
}


_OLDER = {kinds.AUTOSCALER_1: workloads.AUTOSCALER_1}


def schema_of(kind: Kind) -> Struct:
    return _SCHEMAS[kind.resource] if kind.of is None else _OLDER[kind]


def scale_schema() -> Struct:
    """The shape of the ``scale`` subresource."""
    return workloads.SCALE
