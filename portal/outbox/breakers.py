"""A breaker per share, kept in the database: a cluster that does not answer costs the others nothing.

Only silence counts (`ClusterAway`): what a cluster says, or what is wrong on our side, is about one row. After a few
failures in a row no row of the share is claimed until `open_until`; then one at a time tries whether the cluster is
back. The first that is carried out or refused closes the breaker.
"""

from __future__ import annotations

from django.db import connection

from portal.outbox import limits
from portal.outbox.models import Breaker

FAILED = """
INSERT INTO outbox_breaker AS breaker (share, failures) VALUES (%(share)s, 1)
ON CONFLICT (share) DO UPDATE SET failures = breaker.failures + 1
RETURNING failures
"""
OPEN = """
UPDATE outbox_breaker SET open_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE share = %(share)s
"""


def failed(share: str) -> None:
    """Count that the cluster did not answer; from the limit on, hold the share back for a doubling time."""
    if not share:
        return
    with connection.cursor() as cursor:
        cursor.execute(FAILED, {"share": share})
        (failures,) = cursor.fetchone()
        over = failures - limits.BREAKER_FAILURES
        if over >= 0:
            seconds = limits.backoff(over + 1, ceiling=limits.backoff_ceiling())
            cursor.execute(OPEN, {"share": share, "seconds": seconds})


def closed(share: str) -> None:
    """The share's cluster gave an answer, be it a refusal."""
    if share:
        Breaker.objects.filter(share=share, failures__gt=0).update(failures=0, open_until=None)
