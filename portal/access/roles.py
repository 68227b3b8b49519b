"""The seven built-in roles: what each may do, as sets of rights from the catalogue."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.access import permissions as p

VIEWER = "viewer"
OPERATOR = "operator"
DEVELOPER = "developer"
APPROVER = "approver"
TENANT_ADMIN = "admin"
PLATFORM_OPERATOR = "platform-operator"
AUDITOR = "auditor"

_VIEWER = frozenset({p.APP_VIEW, p.TENANT_VIEW, p.AUDIT_VIEW})
_OPERATOR = _VIEWER | {p.APP_OPERATE, p.APP_SCALE}
_DEVELOPER = _OPERATOR | {p.APP_CONFIGURE, p.APP_SECRETS, p.APP_NETWORK, p.APP_CREATE, p.APP_DEPLOY, p.APP_RUN}

ROLES: dict[str, frozenset[str]] = {
    VIEWER: _VIEWER,
    OPERATOR: _OPERATOR,
    DEVELOPER: _DEVELOPER,
    APPROVER: _VIEWER | {p.RELEASE_APPROVE},
    TENANT_ADMIN: p.TENANT,
    PLATFORM_OPERATOR: p.PLATFORM,
    AUDITOR: frozenset({p.PLATFORM_AUDIT}),
}
PLATFORM_ROLES = frozenset({PLATFORM_OPERATOR, AUDITOR})
TENANT_ROLES = tuple(role for role in ROLES if role not in PLATFORM_ROLES)

TITLES: dict[str, str | Promise] = {
    VIEWER: _("Viewer"),
    OPERATOR: _("Operator"),
    DEVELOPER: _("Developer"),
    APPROVER: _("Approver"),
    TENANT_ADMIN: _("Tenant admin"),
    PLATFORM_OPERATOR: _("Platform operator"),
    AUDITOR: _("Auditor"),
}


def roles_with(permission: str) -> list[str]:
    """The built-in roles that hold a right, in the order of the catalogue."""
    return [role for role, rights in ROLES.items() if permission in rights]
