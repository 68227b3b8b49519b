"""What a namespace holds its pods to: budgets, limits, networks, runtimes; and CloneSets, as they are."""

from __future__ import annotations

from .. import kinds
from .model import (
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
    Struct,
    custom,
    struct,
    whole,
)

_BUDGET = whole(
    spec=struct(
        "unhealthyPodEvictionPolicy",
        minAvailable=INT_OR_STRING,
        maxUnavailable=INT_OR_STRING,
        selector=LABEL_SELECTOR,
    ),
    status=struct(
        observedGeneration=INTEGER,
        disruptedPods=MapOf(TIME),
        disruptionsAllowed=INTEGER,
        currentHealthy=INTEGER,
        desiredHealthy=INTEGER,
        expectedPods=INTEGER,
        conditions=CONDITIONS,
    ),
)
_AMOUNTS = MapOf(QUANTITY)
_LIMIT_RANGE = whole(
    spec=struct(
        limits=ListOf(
            struct(
                "type",
                max=_AMOUNTS,
                min=_AMOUNTS,
                default=_AMOUNTS,
                defaultRequest=_AMOUNTS,
                maxLimitRequestRatio=_AMOUNTS,
            )
        )
    )
)
_PEERS = ListOf(
    struct(
        podSelector=LABEL_SELECTOR, namespaceSelector=LABEL_SELECTOR, ipBlock=Struct({"cidr": STRING, "except": TEXTS})
    )
)
_PORTS = ListOf(struct("protocol", port=INT_OR_STRING, endPort=INTEGER))
_NETWORK_POLICY = whole(
    spec=struct(
        podSelector=LABEL_SELECTOR,
        policyTypes=TEXTS,
        ingress=ListOf(Struct({"from": _PEERS, "ports": _PORTS})),
        egress=ListOf(struct(to=_PEERS, ports=_PORTS)),
    )
)
_PRIORITY_CLASS = whole(value=INTEGER, globalDefault=BOOLEAN, description=STRING, preemptionPolicy=STRING)
SCHEMAS: dict[str, Struct] = {
    kinds.DISRUPTION_BUDGET.resource: _BUDGET,
    kinds.LIMIT_RANGE.resource: _LIMIT_RANGE,
    kinds.NETWORK_POLICY.resource: _NETWORK_POLICY,
    kinds.RUNTIME_CLASS.resource: whole(handler=STRING),
    kinds.PRIORITY_CLASS.resource: _PRIORITY_CLASS,
    kinds.CLONE_SET.resource: custom(spec=OPEN, status=OPEN),
}
