"""Roles, their bindings, and the questions about rights."""

from __future__ import annotations

from .. import kinds
from .model import BOOLEAN, LABEL_SELECTOR, OPEN, TEXTS, ListOf, MapOf, Struct, atomic, struct, whole

_RULES = ListOf(struct(verbs=TEXTS, apiGroups=TEXTS, resources=TEXTS, resourceNames=TEXTS, nonResourceURLs=TEXTS))
_BINDING = whole(
    subjects=ListOf(atomic("kind", "apiGroup", "name", "namespace")), roleRef=atomic("apiGroup", "kind", "name")
)
_RESOURCE = struct("namespace", "verb", "group", "version", "resource", "subresource", "name")
_QUESTION = struct(resourceAttributes=_RESOURCE, nonResourceAttributes=struct("path", "verb"))
_WHOSE = struct("user", "uid", groups=TEXTS, extra=MapOf(TEXTS))
_VERDICT = struct("reason", "evaluationError", allowed=BOOLEAN, denied=BOOLEAN)
_SUBJECT_REVIEW = whole(spec=Struct({**_QUESTION.fields, **_WHOSE.fields}), status=_VERDICT)
SCHEMAS: dict[str, Struct] = {
    kinds.ROLE.resource: whole(rules=_RULES),
    kinds.CLUSTER_ROLE.resource: whole(
        rules=_RULES, aggregationRule=struct(clusterRoleSelectors=ListOf(LABEL_SELECTOR))
    ),
    kinds.ROLE_BINDING.resource: _BINDING,
    kinds.CLUSTER_ROLE_BINDING.resource: _BINDING,
    kinds.ACCESS_REVIEW.resource: whole(spec=_QUESTION, status=_VERDICT),
    kinds.SUBJECT_REVIEW.resource: _SUBJECT_REVIEW,
    kinds.LOCAL_REVIEW.resource: _SUBJECT_REVIEW,
    kinds.RULES_REVIEW.resource: whole(spec=struct("namespace"), status=OPEN),
    kinds.SELF_REVIEW.resource: whole(status=OPEN),
}
