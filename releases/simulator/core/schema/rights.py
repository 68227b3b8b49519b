"""Roles, their bindings, and the questions about rights."""

from __future__ import annotations

from .. import kinds
from .model import BOOLEAN, LABEL_SELECTOR, OPEN, TEXTS, ListOf, Struct, atomic, struct, whole

_RULES = ListOf(struct(verbs=TEXTS, apiGroups=TEXTS, resources=TEXTS, resourceNames=TEXTS, nonResourceURLs=TEXTS))
_BINDING = whole(
    subjects=ListOf(atomic("kind", "apiGroup", "name", "namespace")), roleRef=atomic("apiGroup", "kind", "name")
)
_RESOURCE = struct("namespace", "verb", "group", "version", "resource", "subresource", "name")
_ACCESS_REVIEW = whole(
    spec=struct(resourceAttributes=_RESOURCE, nonResourceAttributes=struct("path", "verb")),
    status=struct("reason", "evaluationError", allowed=BOOLEAN, denied=BOOLEAN),
)
SCHEMAS: dict[str, Struct] = {
    kinds.ROLE.resource: whole(rules=_RULES),
    kinds.CLUSTER_ROLE.resource: whole(
        rules=_RULES, aggregationRule=struct(clusterRoleSelectors=ListOf(LABEL_SELECTOR))
    ),
    kinds.ROLE_BINDING.resource: _BINDING,
    kinds.CLUSTER_ROLE_BINDING.resource: _BINDING,
    kinds.ACCESS_REVIEW.resource: _ACCESS_REVIEW,
    kinds.RULES_REVIEW.resource: whole(spec=struct("namespace"), status=OPEN),
    kinds.SELF_REVIEW.resource: whole(status=OPEN),
}
