"""How a cluster is, as the agent last said."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import F, Func, JSONField, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.models import Cluster

REASON_LENGTH = 500
ANOTHER = "another"


def mark(
    cluster_id: uuid.UUID | str, *, state: str = "", reason: str = "", capabilities: Mapping[str, Any] | None = None
) -> bool:
    """Write a cluster's state (`ready`, `away`, `blind`, `unknown`); true when it is another than before. A blank one
    leaves state and reason as they are.

    `state_since` moves only with the state; the reason may be worded anew at any time. `capabilities` are added to what
    is known: an agent finds out less than a check does, and must not make that forgotten.

    Where they have another `uid` than the one that is known, another cluster stands at the address. What it can do is
    not kept; its uid is, as `another`, until the one of before answers again. Until then what answers there is `blind`.
    """
    row = Cluster.objects.filter(pk=cluster_id)
    known = row.only("name", "server", "state", "capabilities").first()
    if known is None:
        return False
    was = another_at(known.capabilities)
    now = _another(known.capabilities, capabilities, was=was)
    if now:
        capabilities = {ANOTHER: now} if capabilities else None
        if state != Cluster.State.AWAY:
            state, reason = Cluster.State.BLIND, sentence_of_another(known.name, known.server)
    elif was:
        capabilities = {**(capabilities or {}), ANOTHER: ""}
        if not state and known.state == Cluster.State.BLIND:
            state = Cluster.State.READY
    facts: dict[str, Any] = {"state_reason": reason[:REASON_LENGTH]} if state else {}
    if capabilities is not None:
        facts["capabilities"] = _with(capabilities)
    changed = 0
    if state:
        values = {"state": Cluster.State(state).value, "state_since": timezone.now()}
        changed = row.exclude(state=state).update(**values, **facts)
    if not changed and facts:
        row.update(**facts)
    return bool(changed)


def another_at(capabilities: Mapping[str, Any]) -> str:
    """The uid of another cluster that was found at the address of one with these capabilities; blank where none was."""
    return str(capabilities.get(ANOTHER) or "")


def sentence_of_another(name: str, server: str) -> str:
    """What was found there, and what leads on."""
    sentence = _(
        "At {server} there is another cluster by now than {name}. Remove {name} as gone (cluster.remove) and add this "
        "one (cluster.add), or give {name} its address back and check it (cluster.check)."
    )
    return sentence.format(name=name, server=server[:150])


def _another(known: Mapping[str, Any], found: Mapping[str, Any] | None, *, was: str) -> str:
    """The uid of what stands there now, where it is not the one that is known. What does not say leaves it at that."""
    before, now = known.get("uid"), (found or {}).get("uid")
    if not now or not before:
        return was
    return "" if now == before else str(now)


def _with(capabilities: Mapping[str, Any]) -> Func:
    """One statement, so that neither of two writers undoes what the other found."""
    found = Value(dict(capabilities), output_field=JSONField())
    return Func(F("capabilities"), found, template="(%(expressions)s)", arg_joiner=" || ", output_field=JSONField())
