"""How a cluster is, as the agent last said."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import F, Func, JSONField, Value
from django.utils import timezone

from tenants.models import Cluster

REASON_LENGTH = 500


def mark(
    cluster_id: uuid.UUID | str, *, state: str = "", reason: str = "", capabilities: Mapping[str, Any] | None = None
) -> bool:
    """Write a cluster's state (`ready`, `away`, `blind`, `unknown`); true when it is another than before. A blank one
    leaves state and reason as they are.

    `state_since` moves only with the state; the reason may be worded anew at any time. `capabilities` are added to what
    is known: an agent finds out less than a check does, and must not make that forgotten.
    """
    facts: dict[str, Any] = {"state_reason": reason[:REASON_LENGTH]} if state else {}
    if capabilities is not None:
        facts["capabilities"] = _with(capabilities)
    row = Cluster.objects.filter(pk=cluster_id)
    changed = 0
    if state:
        values = {"state": Cluster.State(state).value, "state_since": timezone.now()}
        changed = row.exclude(state=state).update(**values, **facts)
    if not changed:
        row.update(**facts)
    return bool(changed)


def _with(capabilities: Mapping[str, Any]) -> Func:
    """One statement, so that neither of two writers undoes what the other found."""
    found = Value(dict(capabilities), output_field=JSONField())
    return Func(F("capabilities"), found, template="(%(expressions)s)", arg_joiner=" || ", output_field=JSONField())
