"""All addresses. Rooms bring their own tables; the kernel brings the operation forms, the API and the sockets' net."""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path

from portal import health
from portal.live.views import live_fragments
from portal.ui.views import go

handler400 = "portal.error_pages.bad_request"
handler403 = "portal.error_pages.forbidden"
handler404 = "portal.error_pages.not_found"
handler500 = "portal.error_pages.server_error"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("go/", go, name="go"),
    path("live/fragments/", live_fragments, name="live-fragments"),
    path("api/v1/", include("portal.operations.api_urls")),
    path("api/v1/", include("releases.api.urls")),
    path("", include("portal.operations.urls")),
    path("", include("tenants.urls")),
    path("", include("releases.pages.urls")),
]
if settings.DEBUG:
    urlpatterns.append(path("ui/", include("portal.ui.urls")))
