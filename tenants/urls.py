"""Addresses of this room's pages."""

from __future__ import annotations

from django.urls import path

from tenants.pages import account, confirming, freezes, members, platform, quota, security, signing, tenants

urlpatterns = [
    path("sign-in/", signing.sign_in, name="sign-in"),
    path("sign-in/code/", signing.code, name="mfa_authenticate"),
    path("sign-out/", signing.sign_out, name="sign-out"),
    path("account/", account.account, name="account"),
    path("account/confirm/", confirming.confirm, name="account-confirm"),
    path("account/password/", security.password, name="account-password"),
    path("account/second-factor/", security.second_factor, name="account-second-factor"),
    path("account/second-factor/remove/", security.second_factor_remove, name="account-second-factor-remove"),
    path("account/recovery-codes/", security.recovery_codes, name="account-recovery-codes"),
    path("account/sessions/", security.session_list, name="account-sessions"),
    path("account/sessions/end/", security.sessions_end, name="account-sessions-end"),
    path("account/sessions/<int:session_id>/end/", security.session_end, name="account-session-end"),
    path("account/tokens/", account.token_create, name="account-token-create"),
    path("account/tokens/<uuid:token_id>/revoke/", account.token_revoke, name="account-token-revoke"),
    path("tenants/", tenants.tenants, name="tenants"),
    path("t/<str:tenant>/", tenants.overview, name="tenant"),
    path("t/<str:tenant>/members/", members.members, name="members"),
    path("t/<str:tenant>/freezes/", freezes.of_tenant, name="freezes"),
    path("platform/freezes/", freezes.of_platform, name="platform-freezes"),
    path("t/<str:tenant>/quota/", quota.of_tenant, name="tenant-quota"),
    path("t/<str:tenant>/roles/", members.roles, name="roles"),
    path("t/<str:tenant>/tokens/", members.tokens, name="tenant-tokens"),
    path("platform/tenants/", platform.tenants, name="platform-tenants"),
    path("platform/quota/", quota.to_decide, name="platform-quota"),
    path("platform/tenants/<str:tenant>/", platform.tenant, name="platform-tenant"),
    path("platform/people/", platform.people, name="platform-people"),
    path("platform/accounts/", platform.accounts, name="platform-accounts"),
    path("platform/rules/", platform.rules, name="platform-rules"),
    path("platform/clusters/", platform.clusters, name="platform-clusters"),
]
