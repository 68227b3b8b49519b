from __future__ import annotations

from django.urls import path

from releases.api.audit import PlatformExport, PlatformLog, TenantExport, TenantLog
from releases.api.clusters import ClusterDetail, Clusters
from releases.api.quota import PlatformQuota, PlatformQuotaRequests, Quota, QuotaRequests
from releases.api.releasing import Freezes, PlatformFreezes, Strategies
from releases.api.tokens import Tokens
from releases.api.views import (
    AppDetail,
    AppDetailSlash,
    Apps,
    PlatformReleases,
    ReleaseDetail,
    ReleaseDetailSlash,
    Releases,
    TenantReleases,
)

APP = "tenants/<str:tenant>/apps/<str:app>"

urlpatterns = [
    path("platform/clusters/", Clusters.as_view(), name="api-clusters"),
    path("platform/clusters/<str:cluster>", ClusterDetail.as_view(), name="api-cluster"),
    path("platform/audit/", PlatformLog.as_view(), name="api-platform-audit"),
    path("platform/audit/export", PlatformExport.as_view(), name="api-platform-audit-export"),
    path("tenants/<str:tenant>/audit/", TenantLog.as_view(), name="api-audit"),
    path("tenants/<str:tenant>/audit/export", TenantExport.as_view(), name="api-audit-export"),
    path("platform/releases/", PlatformReleases.as_view(), name="api-platform-releases"),
    path("tenants/<str:tenant>/releases/", TenantReleases.as_view(), name="api-tenant-releases"),
    path("platform/freezes/", PlatformFreezes.as_view(), name="api-platform-freezes"),
    path("tenants/<str:tenant>/freezes/", Freezes.as_view(), name="api-freezes"),
    path("tenants/<str:tenant>/strategies/", Strategies.as_view(), name="api-strategies"),
    path("platform/quota/requests/", PlatformQuotaRequests.as_view(), name="api-platform-quota-requests"),
    path("platform/tenants/<str:tenant>/quota/", PlatformQuota.as_view(), name="api-platform-quota"),
    path("tenants/<str:tenant>/quota/", Quota.as_view(), name="api-quota"),
    path("tenants/<str:tenant>/quota/requests/", QuotaRequests.as_view(), name="api-quota-requests"),
    path("tenants/<str:tenant>/tokens/", Tokens.as_view(), name="api-tokens"),
    path("tenants/<str:tenant>/apps/", Apps.as_view(), name="api-apps"),
    path(APP, AppDetail.as_view(), name="api-app"),
    path(f"{APP}/", AppDetailSlash.as_view(), name="api-app-slash"),
    path(f"{APP}/releases/", Releases.as_view(), name="api-releases"),
    path(f"{APP}/releases/<int:number>", ReleaseDetail.as_view(), name="api-release"),
    path(f"{APP}/releases/<int:number>/", ReleaseDetailSlash.as_view(), name="api-release-slash"),
]
