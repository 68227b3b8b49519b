"""Addresses of pages and forms."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from apps_mgmt.models import App
from releases.models import Release


def app_url(app: App) -> str:
    return reverse("app", args=[app.tenant.name, app.name])


def page_url(page: str, app: App) -> str:
    """A page below an app: `app-configure`, `releases`, `app-activity` …"""
    return reverse(page, args=[app.tenant.name, app.name])


def release_url(app: App, number: int | None) -> str:
    return reverse("release", args=[app.tenant.name, app.name, number]) if number else ""


def form_url(app: App, operation: str, **fields: object) -> str:
    """The form of an operation on an app, filled with `fields`."""
    url = reverse("app-operation", args=[app.tenant.name, app.name, operation])
    return f"{url}?{urlencode(fields, doseq=True)}" if fields else url


def release_form_url(release: Release, operation: str, **fields: object) -> str:
    """The form of an operation on a release, filled with `fields`."""
    url = reverse("release-operation", args=[release.app.tenant.name, release.app.name, release.number, operation])
    return f"{url}?{urlencode(fields, doseq=True)}" if fields else url
