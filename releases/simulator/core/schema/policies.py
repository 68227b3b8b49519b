"""What a namespace holds its pods to: budgets of disruptions."""

from __future__ import annotations

from .. import kinds
from .model import CONDITIONS, INT_OR_STRING, INTEGER, LABEL_SELECTOR, TIME, MapOf, Struct, struct, whole

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
SCHEMAS: dict[str, Struct] = {kinds.DISRUPTION_BUDGET.resource: _BUDGET}
