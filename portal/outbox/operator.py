"""What the operator sees of the outbox, and the removal of old rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.db.models.functions import Now

from portal.outbox import limits
from portal.outbox.models import Breaker, OutboxRow

State = OutboxRow.State
DELETE_AT_ONCE = 5000


def counts() -> dict[str, Any]:
    """How the queue stands: `ready`, `waiting` (due later), `claimed`, `poison` are numbers of rows.

    `oldest_ready` is the time since which the oldest ready row could have run, or None; `held_back` maps each share
    whose breaker is open to the time until which it is.
    """
    pending = Q(state=State.PENDING)
    found: dict[str, Any] = OutboxRow.objects.filter(state__in=[State.PENDING, State.CLAIMED, State.POISON]).aggregate(
        ready=Count("pk", filter=pending & Q(not_before__lte=Now())),
        waiting=Count("pk", filter=pending & Q(not_before__gt=Now())),
        claimed=Count("pk", filter=Q(state=State.CLAIMED)),
        poison=Count("pk", filter=Q(state=State.POISON)),
        oldest_ready=Min("not_before", filter=pending & Q(not_before__lte=Now())),
    )
    held_back = Breaker.objects.filter(open_until__gt=Now()).values_list("share", "open_until")
    return found | {"held_back": dict(held_back)}


def tidy(now: datetime) -> int:
    """Delete rows that were done long enough ago; how many. Poison rows are kept ten times as long."""
    deleted = 0
    for state, days in ((State.DONE, limits.keep_days()), (State.POISON, 10 * limits.keep_days())):
        old = OutboxRow.objects.filter(state=state, finished_at__lt=now - timedelta(days=days))
        while ids := list(old.values_list("pk", flat=True)[:DELETE_AT_ONCE]):
            deleted += OutboxRow.objects.filter(pk__in=ids).delete()[0]
    return deleted
