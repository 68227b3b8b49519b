"""The closed catalogue of rights. Everything that needs one names a constant of this module.

django-guardian reads a dot as an application label, so a right `app.scale` is stored as the codename `scale_app`;
this module is the only one that translates.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

APP_VIEW = "app.view"
APP_CREATE = "app.create"
APP_CONFIGURE = "app.configure"
APP_SECRETS = "app.secrets"
APP_SCALE = "app.scale"
APP_NETWORK = "app.network"
APP_DEPLOY = "app.deploy"
RELEASE_APPROVE = "release.approve"
APP_OPERATE = "app.operate"
APP_RUN = "app.run"
APP_SHELL = "app.shell"
APP_DELETE = "app.delete"
APP_TRANSFER = "app.transfer"
TENANT_VIEW = "tenant.view"
TENANT_MEMBERS = "tenant.members"
TENANT_QUOTA = "tenant.quota"
TENANT_SERVICES = "tenant.services"
TENANT_STRATEGIES = "tenant.strategies"
TEMPLATE_MANAGE = "template.manage"
AUDIT_VIEW = "audit.view"
AUDIT_EXPORT = "audit.export"
PLATFORM_CLUSTERS = "platform.clusters"
PLATFORM_TENANTS = "platform.tenants"
PLATFORM_QUOTA = "platform.quota"
PLATFORM_AUDIT = "platform.audit"

SENTENCES: dict[str, str | Promise] = {
    APP_VIEW: _("See apps, their settings and their releases"),
    APP_CREATE: _("Create apps"),
    APP_CONFIGURE: _("Change the settings of apps"),
    APP_SECRETS: _("Set secrets (never read them)"),
    APP_SCALE: _("Change instances, resources and placement"),
    APP_NETWORK: _("Change ports, routes and certificates"),
    APP_DEPLOY: _("Deploy, abort and roll back"),
    RELEASE_APPROVE: _("Approve releases"),
    APP_OPERATE: _("Restart, stop and read logs"),
    APP_RUN: _("Run one-off jobs"),
    APP_SHELL: _("Open a shell in an instance"),
    APP_DELETE: _("Delete apps"),
    APP_TRANSFER: _("Move apps to another tenant"),
    TENANT_VIEW: _("See the tenant, its quota and its members"),
    TENANT_MEMBERS: _("Manage members and roles"),
    TENANT_QUOTA: _("Ask for quota"),
    TENANT_SERVICES: _("Manage services"),
    TENANT_STRATEGIES: _("Manage release strategies"),
    TEMPLATE_MANAGE: _("Manage app templates"),
    AUDIT_VIEW: _("See who did what in the tenant"),
    AUDIT_EXPORT: _("Export the tenant's audit log"),
    PLATFORM_CLUSTERS: _("Manage clusters"),
    PLATFORM_TENANTS: _("Manage tenants"),
    PLATFORM_QUOTA: _("Decide quota requests"),
    PLATFORM_AUDIT: _("See the audit log of all tenants"),
}
ALL = frozenset(SENTENCES)
PLATFORM = frozenset(name for name in ALL if name.startswith("platform."))
TENANT = ALL - PLATFORM
APP = frozenset(name for name in TENANT if name.startswith(("app.", "release."))) - {APP_CREATE}

# What has to be seen by whoever has the right: without it they act on what answers that it is not theirs to see.
SEEN_BY = {
    **dict.fromkeys(APP | {APP_CREATE}, APP_VIEW),
    **dict.fromkeys(TENANT - APP - {APP_CREATE}, TENANT_VIEW),
    AUDIT_EXPORT: AUDIT_VIEW,
    AUDIT_VIEW: AUDIT_VIEW,
}


def lacking(rights: Iterable[str]) -> dict[str, list[str]]:
    """The rights to see something that rights of a tenant need and that are not among them, each with those that need
    it, sorted. Rights that are not of a tenant need none.
    """
    given, found = set(rights), dict[str, list[str]]()
    for right in sorted(given & SEEN_BY.keys()):
        if SEEN_BY[right] not in given:
            found.setdefault(SEEN_BY[right], []).append(right)
    return found


def lacking_words(rights: Iterable[str]) -> str:
    """A sentence that says which rights to see something have to go with these; "" where none is lacking."""
    return " ".join(
        ngettext(
            "{rights} takes {seen} ({sentence}), too. Add it.",
            "{rights} take {seen} ({sentence}), too. Add it.",
            len(needing),
        ).format(rights=", ".join(needing), seen=seen, sentence=SENTENCES[seen])
        for seen, needing in lacking(rights).items()
    )


def codename(permission: str) -> str:
    """`app.scale` → `scale_app`. An unknown right is a programming error: KeyError."""
    SENTENCES[permission]
    subject, _dot, verb = permission.partition(".")
    return f"{verb}_{subject}"


def permission_of(name: str) -> str | None:
    """`scale_app` → `app.scale`; None for a codename that is not of the catalogue."""
    verb, _underscore, subject = name.partition("_")
    permission = f"{subject}.{verb}"
    return permission if permission in SENTENCES else None


def codenames(names: frozenset[str] = ALL) -> list[tuple[str, Any]]:
    """Pairs of codename and English sentence, sorted, as a model's `Meta.permissions` wants them."""
    return sorted((codename(name), name) for name in names)
