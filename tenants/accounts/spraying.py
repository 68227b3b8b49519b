"""Many names tried from one address: each of them alone is far from being locked."""

from __future__ import annotations

from datetime import timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.utils import timezone


def too_many_from(address: str) -> bool:
    """Whether so many sign-ins failed from an address within the last quarter of an hour that no more are looked at."""
    since = timezone.now() - timedelta(hours=settings.AXES_COOLOFF_TIME)
    failed = AccessAttempt.objects.filter(ip_address=address or None, attempt_time__gte=since)
    count = failed.aggregate(failures=Sum("failures_since_start"))["failures"] or 0
    return bool(count >= settings.SIGN_IN_FAILURES_PER_ADDRESS)
