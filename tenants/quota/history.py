"""Usage over time: sampled by the clock, a row for an hour in which it changed, and read as steps.

Samples are kept for `KEPT`; of those before, the last of each line stays, because it says what was in use since.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet

from tenants.models import WHOLE_TENANT, QuotaSample, Tenant

EVERY = timedelta(hours=1)
KEPT = timedelta(days=90)
MEASURED = timedelta(days=7)
LEAST_MEASURED = timedelta(hours=6)
"""Of less than this, no average is told: a draft of this minute is no use."""

# The average is made of whole numbers: what was in use all the time must not come out as one less.
_TICK = timedelta(microseconds=1)

Steps = list[tuple[datetime, int]]
"""From when on how much was in use, the earliest first."""

# What counts now, per tenant and per app, beside the last sample of each line; those that differ are written. An hour
# has one row: the latest of it.
SAMPLE = """
WITH apps AS (
    SELECT tenant_id, app_id, dimension, max(amount) AS amount FROM tenants_reservation
    GROUP BY tenant_id, app_id, dimension
), present AS (
    SELECT tenant_id, app_id, dimension, amount FROM apps
    UNION ALL
    SELECT tenant_id, %(whole)s::uuid, dimension, amount FROM tenants_usagerow
), last AS (
    SELECT DISTINCT ON (tenant_id, app_id, dimension) tenant_id, app_id, dimension, amount
    FROM tenants_quotasample ORDER BY tenant_id, app_id, dimension, at DESC
)
INSERT INTO tenants_quotasample (tenant_id, app_id, dimension, at, amount)
SELECT coalesce(present.tenant_id, last.tenant_id), coalesce(present.app_id, last.app_id),
       coalesce(present.dimension, last.dimension), date_trunc('hour', %(now)s::timestamptz),
       coalesce(present.amount, 0)
FROM present FULL JOIN last USING (tenant_id, app_id, dimension)
WHERE coalesce(present.amount, 0) <> coalesce(last.amount, 0)
ON CONFLICT (tenant_id, app_id, dimension, at) DO UPDATE SET amount = excluded.amount
"""
FORGET = """
DELETE FROM tenants_quotasample AS old
WHERE at < %(before)s AND EXISTS (
    SELECT 1 FROM tenants_quotasample AS newer
    WHERE newer.tenant_id = old.tenant_id AND newer.app_id = old.app_id AND newer.dimension = old.dimension
      AND newer.at > old.at AND newer.at <= %(before)s)
"""


def sample(now: datetime) -> None:
    """Write what changed since the last time, and forget what is too old: two statements, whoever is there."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SAMPLE, {"whole": WHOLE_TENANT, "now": now})
        cursor.execute(FORGET, {"before": now - KEPT})


def steps_of(
    tenant: Tenant, *, app_id: uuid.UUID = WHOLE_TENANT, since: datetime, dimensions: Sequence[str] = ()
) -> dict[str, Steps]:
    """Per dimension what was in use since then, of a tenant or of one of its apps; absent where there is no sample."""
    rows = QuotaSample.objects.filter(tenant=tenant, app_id=app_id)
    if dimensions:
        rows = rows.filter(dimension__in=dimensions)
    return {dimension: steps for (_tenant, dimension), steps in _steps(rows, since=since).items()}


def steps_of_tenants(tenant_ids: Iterable[uuid.UUID], *, since: datetime) -> dict[tuple[uuid.UUID, str], Steps]:
    """The same of several whole tenants, in one question."""
    return _steps(QuotaSample.objects.filter(tenant_id__in=list(tenant_ids), app_id=WHOLE_TENANT), since=since)


def _steps(rows: QuerySet[QuotaSample], *, since: datetime) -> dict[tuple[uuid.UUID, str], Steps]:
    found: dict[tuple[uuid.UUID, str], Steps] = {}
    for tenant_id, dimension, at, amount in rows.order_by("at").values_list("tenant_id", "dimension", "at", "amount"):
        steps = found.setdefault((tenant_id, dimension), [])
        if at <= since:
            steps[:] = [(since, amount)]
        else:
            steps.append((at, amount))
    return found


def measured(tenant: Tenant, dimension: str, *, now: datetime) -> int:
    """What was in use on average over the last days, as far as there are samples; 0 where those are of a few hours."""
    steps = steps_of(tenant, since=now - MEASURED, dimensions=[dimension]).get(dimension, [])
    if not steps or now - steps[0][0] < LEAST_MEASURED:
        return 0
    ends = [at for at, _amount in steps[1:]] + [now]
    total = sum(amount * ((end - at) // _TICK) for (at, amount), end in zip(steps, ends, strict=True))
    return total // ((now - steps[0][0]) // _TICK)
