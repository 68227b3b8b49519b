"""The breaker of a cluster: after five failures in a row nobody tries for a while, so a dead cluster costs little.

Its state is two columns of the cluster's row, so all workers share it. When the pause is over, one caller is let
through as a probe; the others go on waiting until it answers.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from releases.gateway.refusals import away
from tenants.models import Cluster

THRESHOLD = 5
CEILING_SECONDS = 30
PROBE_SECONDS = 15


class Breaker:
    """For one use of one cluster: `check` before the first request and after a failure, then tell how it went.

    The first check is of the row `just_read`, where there is one.
    """

    def __init__(self, cluster_id: uuid.UUID | str, *, just_read: Cluster | None = None) -> None:
        self._cluster_id = cluster_id
        self._just_read = just_read
        self._checked = False
        self._failures = 0

    def check(self) -> None:
        """Raises ClusterAway while the breaker is open. One query, and none while all is well."""
        if self._checked:
            return
        row = Cluster.objects.filter(pk=self._cluster_id)
        found, self._just_read = self._just_read or row.first(), None
        if found is None:
            raise away(str(self._cluster_id), _("it is no longer registered"))
        failures, open_until = found.breaker_failures, found.breaker_open_until
        now = timezone.now()
        if failures >= THRESHOLD and open_until is not None:
            probing = now + timedelta(seconds=PROBE_SECONDS)
            if open_until > now or not row.filter(breaker_open_until=open_until).update(breaker_open_until=probing):
                raise away(found.name, _("{count} tries in a row failed").format(count=failures))
        self._failures, self._checked = failures, True

    def succeeded(self) -> None:
        """The cluster answered: close the breaker if it had counted anything."""
        if self._failures:
            Cluster.objects.filter(pk=self._cluster_id).update(breaker_failures=0, breaker_open_until=None)
            self._failures = 0

    def failed(self) -> None:
        """The cluster did not answer: count it, and open the breaker from the fifth time on."""
        with transaction.atomic():
            row = Cluster.objects.select_for_update().filter(pk=self._cluster_id)
            failures = row.values_list("breaker_failures", flat=True).first()
            if failures is None:
                return
            failures += 1
            row.update(breaker_failures=failures, breaker_open_until=_pause(failures))
        self._failures, self._checked = failures, False


def closed(cluster_id: uuid.UUID | str) -> None:
    """The cluster was heard of again by somebody else, its agent say: whoever waits for it is let through."""
    Cluster.objects.filter(pk=cluster_id, breaker_failures__gt=0).update(breaker_failures=0, breaker_open_until=None)


def _pause(failures: int) -> object:
    if failures < THRESHOLD:
        return None
    seconds = min(2 ** min(failures - THRESHOLD, 10), CEILING_SECONDS)
    return timezone.now() + timedelta(seconds=seconds)
