from __future__ import annotations

from django.urls import path

from releases.pages import (
    access_pages,
    activity,
    app_pages,
    cluster_pages,
    compare_pages,
    entry_pages,
    home,
    inbox_pages,
    release_pages,
    releases_pages,
    strategy_pages,
    usage_pages,
)

APP = "t/<str:tenant>/apps/<str:app>/"
RELEASE = APP + "releases/<int:number>/"

urlpatterns = [
    path("", home.home, name="home"),
    path("t/<str:tenant>/overview/", home.home_of, name="tenant-home"),
    path("t/<str:tenant>/apps/", app_pages.app_list, name="apps"),
    path("t/<str:tenant>/strategies/", strategy_pages.of_tenant, name="strategies"),
    path("t/<str:tenant>/waiting/", inbox_pages.of_tenant, name="inbox"),
    path("t/<str:tenant>/waiting/_count", inbox_pages.count, name="inbox-count"),
    path("t/<str:tenant>/releases/", releases_pages.of_tenant, name="tenant-releases"),
    path("platform/releases/", releases_pages.of_platform, name="platform-releases"),
    path("t/<str:tenant>/activity/", activity.of_tenant, name="activity"),
    path("t/<str:tenant>/activity/export/", entry_pages.export_tenant, name="activity-export"),
    path("t/<str:tenant>/activity/<int:sequence>/", entry_pages.of_tenant, name="activity-entry"),
    path("audit/verify_log.py", entry_pages.verifier, name="audit-verifier"),
    path("platform/audit/", activity.of_platform, name="platform-audit"),
    path("platform/audit/export/", entry_pages.export_platform, name="platform-audit-export"),
    path("platform/audit/<str:chain>/<int:sequence>/", entry_pages.of_platform, name="platform-audit-entry"),
    path("platform/clusters/<str:cluster>/", cluster_pages.detail, name="platform-cluster"),
    path(APP, app_pages.overview, name="app"),
    path(f"{APP}configure/", app_pages.configure, name="app-configure"),
    path(f"{APP}access/", access_pages.of_app, name="app-access"),
    path(f"{APP}usage/", usage_pages.of_app, name="app-usage"),
    path(f"{APP}activity/", activity.of_app, name="app-activity"),
    path(f"{APP}_actions", app_pages.actions_block, name="app-actions"),
    path(f"{APP}_draft", app_pages.draft_block, name="app-draft"),
    path(f"{APP}_drift", app_pages.drift_block, name="app-drift"),
    path(f"{APP}_rescue", app_pages.rescue_block, name="app-rescue"),
    path(f"{APP}releases/", release_pages.release_list, name="releases"),
    path(f"{APP}releases/compare/", compare_pages.compare, name="releases-compare"),
    path(RELEASE, release_pages.detail, name="release"),
    path(f"{RELEASE}_actions", release_pages.actions_block, name="release-actions"),
    path(f"{RELEASE}manifests.yaml", release_pages.manifests, name="release-manifests"),
]
