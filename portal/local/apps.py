"""The Django application that brings the `prepare` command."""

from __future__ import annotations

from django.apps import AppConfig


class LocalConfig(AppConfig):
    """Has commands only, no models."""

    name = "portal.local"
    label = "local"
