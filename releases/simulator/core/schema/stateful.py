"""StatefulSets, the revisions of their templates, and the claims of their instances."""

from __future__ import annotations

from .model import (
    CONDITIONS,
    INT_OR_STRING,
    INTEGER,
    LABEL_SELECTOR,
    OPEN,
    QUANTITY,
    STRING,
    TEXTS,
    ListOf,
    MapOf,
    Schema,
    atomic,
    standing,
    struct,
    whole,
)
from .pods import POD_TEMPLATE

_CLAIM: dict[str, Schema] = {
    "spec": struct(
        "storageClassName",
        "volumeMode",
        "volumeName",
        "volumeAttributesClassName",
        accessModes=TEXTS,
        selector=LABEL_SELECTOR,
        resources=standing(struct(limits=MapOf(QUANTITY), requests=MapOf(QUANTITY))),
        dataSource=atomic("apiGroup", "kind", "name"),
        dataSourceRef=struct("apiGroup", "kind", "name", "namespace"),
    ),
    "status": struct(
        "phase",
        "currentVolumeAttributesClassName",
        accessModes=TEXTS,
        capacity=MapOf(QUANTITY),
        allocatedResources=MapOf(QUANTITY),
        allocatedResourceStatuses=MapOf(STRING),
        modifyVolumeStatus=OPEN,
        conditions=CONDITIONS,
    ),
}
CLAIM = whole(**_CLAIM)
STATEFUL_SET = whole(
    spec=struct(
        "podManagementPolicy",
        serviceName=standing(STRING),
        replicas=INTEGER,
        selector=LABEL_SELECTOR,
        template=POD_TEMPLATE,
        volumeClaimTemplates=ListOf(CLAIM),
        updateStrategy=standing(struct("type", rollingUpdate=struct(partition=INTEGER, maxUnavailable=INT_OR_STRING))),
        minReadySeconds=INTEGER,
        revisionHistoryLimit=INTEGER,
        persistentVolumeClaimRetentionPolicy=struct("whenDeleted", "whenScaled"),
        ordinals=struct(start=INTEGER),
    ),
    status=struct(
        "currentRevision",
        "updateRevision",
        observedGeneration=INTEGER,
        replicas=INTEGER,
        readyReplicas=INTEGER,
        currentReplicas=INTEGER,
        updatedReplicas=INTEGER,
        availableReplicas=INTEGER,
        collisionCount=INTEGER,
        conditions=CONDITIONS,
    ),
)
CONTROLLER_REVISION = whole(data=OPEN, revision=INTEGER)
