"""What operations that start a release ask where another one is under way."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.values import AppFacts


def supersede() -> serializers.BooleanField:
    """Whether to stop the one under way."""
    label = _("Stop the release under way and go on with this one")
    return serializers.BooleanField(label=label, required=False, default=False)


def wait() -> serializers.BooleanField:
    """Whether to queue behind it."""
    return serializers.BooleanField(label=_("Queue behind the release under way"), required=False, default=False)


def hidden(value: AppFacts) -> Collection[str]:
    """The two are of no use while nothing is under way."""
    return () if value.releasing else ("supersede", "wait")
