"""Deployments, ReplicaSets, autoscalers, quotas, namespaces, nodes and events."""

from __future__ import annotations

from .model import (
    ANY,
    BOOLEAN,
    CONDITIONS,
    INT_OR_STRING,
    INTEGER,
    LABEL_SELECTOR,
    OPEN,
    QUANTITY,
    STRING,
    TEXTS,
    TIME,
    ListOf,
    MapOf,
    atomic,
    rows,
    standing,
    struct,
    whole,
)
from .pods import POD_TEMPLATE

DEPLOYMENT = whole(
    spec=struct(
        replicas=INTEGER,
        selector=LABEL_SELECTOR,
        template=POD_TEMPLATE,
        strategy=standing(struct("type", rollingUpdate=struct(maxSurge=INT_OR_STRING, maxUnavailable=INT_OR_STRING))),
        minReadySeconds=INTEGER,
        revisionHistoryLimit=INTEGER,
        paused=BOOLEAN,
        progressDeadlineSeconds=INTEGER,
    ),
    status=struct(
        observedGeneration=INTEGER,
        replicas=INTEGER,
        updatedReplicas=INTEGER,
        readyReplicas=INTEGER,
        availableReplicas=INTEGER,
        unavailableReplicas=INTEGER,
        terminatingReplicas=INTEGER,
        collisionCount=INTEGER,
        conditions=CONDITIONS,
    ),
)
REPLICA_SET = whole(
    spec=struct(replicas=INTEGER, minReadySeconds=INTEGER, selector=LABEL_SELECTOR, template=POD_TEMPLATE),
    status=struct(
        replicas=INTEGER,
        fullyLabeledReplicas=INTEGER,
        readyReplicas=INTEGER,
        availableReplicas=INTEGER,
        terminatingReplicas=INTEGER,
        observedGeneration=INTEGER,
        conditions=CONDITIONS,
    ),
)
_METRIC = struct(
    "type",
    resource=struct("name", target=struct("type", averageUtilization=INTEGER, averageValue=QUANTITY, value=QUANTITY)),
    containerResource=OPEN,
    external=OPEN,
    object=OPEN,
    pods=OPEN,
)
_SCALING = struct(
    "selectPolicy",
    stabilizationWindowSeconds=INTEGER,
    tolerance=QUANTITY,
    policies=ListOf(struct("type", value=INTEGER, periodSeconds=INTEGER), tells_empty=True),
)
AUTOSCALER = whole(
    spec=struct(
        scaleTargetRef=standing(struct("apiVersion", "kind", "name")),
        minReplicas=INTEGER,
        maxReplicas=INTEGER,
        metrics=ListOf(_METRIC),
        behavior=struct(scaleUp=_SCALING, scaleDown=_SCALING),
    ),
    status=struct(
        observedGeneration=INTEGER,
        lastScaleTime=TIME,
        currentReplicas=INTEGER,
        desiredReplicas=INTEGER,
        currentMetrics=ListOf(OPEN),
        conditions=CONDITIONS,
    ),
)
AUTOSCALER_1 = whole(
    spec=struct(
        scaleTargetRef=standing(atomic("apiVersion", "kind", "name")),
        minReplicas=INTEGER,
        maxReplicas=INTEGER,
        targetCPUUtilizationPercentage=INTEGER,
    ),
    status=struct(
        observedGeneration=INTEGER,
        lastScaleTime=TIME,
        currentReplicas=INTEGER,
        desiredReplicas=INTEGER,
        currentCPUUtilizationPercentage=INTEGER,
    ),
)
SCALE = whole(spec=struct(replicas=INTEGER), status=struct("selector", replicas=INTEGER))
RESOURCE_QUOTA = whole(
    spec=struct(
        hard=MapOf(QUANTITY),
        scopes=TEXTS,
        scopeSelector=atomic(matchExpressions=ListOf(struct("scopeName", "operator", values=TEXTS))),
    ),
    status=struct(hard=MapOf(QUANTITY), used=MapOf(QUANTITY)),
)
NAMESPACE = whole(
    spec=struct(finalizers=TEXTS),
    status=struct("phase", conditions=CONDITIONS),
)
NODE = whole(
    spec=struct(
        "podCIDR",
        "providerID",
        "externalID",
        podCIDRs=ListOf(STRING, "set", merge_key="-"),
        unschedulable=BOOLEAN,
        taints=ListOf(struct("key", "value", "effect", timeAdded=TIME)),
        configSource=OPEN,
    ),
    status=struct(
        "phase",
        capacity=MapOf(QUANTITY),
        allocatable=MapOf(QUANTITY),
        conditions=CONDITIONS,
        addresses=rows(struct("type", "address"), "type"),
        nodeInfo=OPEN,
        daemonEndpoints=OPEN,
        images=ListOf(OPEN),
        features=OPEN,
    ),
)
EVENT = whole(
    involvedObject=atomic("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"),
    reason=STRING,
    message=STRING,
    type=STRING,
    action=STRING,
    source=struct("component", "host"),
    firstTimestamp=TIME,
    lastTimestamp=TIME,
    eventTime=ANY,
    count=INTEGER,
    series=OPEN,
    related=OPEN,
    reportingComponent=STRING,
    reportingInstance=STRING,
)
