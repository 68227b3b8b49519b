"""Policies made of expressions, and what binds them."""

from __future__ import annotations

from .. import kinds
from .model import LABEL_SELECTOR, OPEN, STRING, TEXTS, ListOf, Struct, atomic, rows, struct, whole

_RULES = ListOf(
    struct("scope", operations=TEXTS, apiGroups=TEXTS, apiVersions=TEXTS, resources=TEXTS, resourceNames=TEXTS)
)
_MATCH = Struct(
    {
        "matchPolicy": STRING,
        "namespaceSelector": LABEL_SELECTOR,
        "objectSelector": LABEL_SELECTOR,
        "resourceRules": _RULES,
        "excludeResourceRules": _RULES,
    },
    atomic=True,
)
_NAMED = rows(struct("name", "expression"), "name")
_POLICY = whole(
    spec=struct(
        "failurePolicy",
        paramKind=atomic("apiVersion", "kind"),
        matchConstraints=_MATCH,
        matchConditions=_NAMED,
        variables=_NAMED,
        validations=ListOf(struct("expression", "message", "messageExpression", "reason")),
        auditAnnotations=ListOf(struct("key", "valueExpression")),
    ),
    status=OPEN,
)
_BINDING = whole(
    spec=struct("policyName", paramRef=OPEN, matchResources=_MATCH, validationActions=ListOf(STRING, "set"))
)
SCHEMAS: dict[str, Struct] = {
    kinds.ADMISSION_POLICY.resource: _POLICY,
    kinds.ADMISSION_BINDING.resource: _BINDING,
}
