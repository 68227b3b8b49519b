"""Addresses of this room's pages."""

from __future__ import annotations

from django.urls import path

from tenants.pages import account, members, platform, quota, signing, tenants

urlpatterns = [
    path("sign-in/", signing.sign_in, name="sign-in"),
    path("sign-out/", signing.sign_out, name="sign-out"),
    path("account/", account.account, name="account"),
    path("account/tokens/", account.token_create, name="account-token-create"),
    path("account/tokens/<uuid:token_id>/revoke/", account.token_revoke, name="account-token-revoke"),
    path("tenants/", tenants.tenants, name="tenants"),
    path("t/<str:tenant>/", tenants.overview, name="tenant"),
    path("t/<str:tenant>/members/", members.members, name="members"),
    path("t/<str:tenant>/quota/", quota.of_tenant, name="tenant-quota"),
    path("t/<str:tenant>/roles/", members.roles, name="roles"),
    path("platform/tenants/", platform.tenants, name="platform-tenants"),
    path("platform/quota/", quota.to_decide, name="platform-quota"),
    path("platform/people/", platform.people, name="platform-people"),
    path("platform/clusters/", platform.clusters, name="platform-clusters"),
]
