"""The pages that Ctrl-K finds beside those of the navigation: of tenants, clusters, the account, and the log."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import access
from portal.access import Actor
from portal.access.permissions import (
    AUDIT_EXPORT,
    AUDIT_VIEW,
    PLATFORM_AUDIT,
    PLATFORM_CLUSTERS,
    PLATFORM_TENANTS,
    TENANT_VIEW,
)
from portal.ui.palette import Hit, matches
from releases.pages.going_forms import MOST_HITS, Thing
from releases.pages.going_words import spans
from tenants.models import Cluster, Tenant
from tenants.pages.navigation import places_of

ACCOUNT = (
    ("account", gettext_lazy("Account"), "circle-user", gettext_lazy("name, address")),
    ("account", gettext_lazy("API tokens"), "key-round", gettext_lazy("account")),
    ("account-sessions", gettext_lazy("Sessions"), "circle-user", gettext_lazy("account, sign out")),
    ("account-second-factor", gettext_lazy("Second factor"), "shield-check", gettext_lazy("account, recovery codes")),
    ("account-password", gettext_lazy("Password"), "key-round", gettext_lazy("account")),
)
LOG = gettext_lazy("audit log activity")
EXPORT = gettext_lazy("export the audit log activity")


def find_places(request: HttpRequest, words: Sequence[str]) -> list[Hit]:
    """Tenants, for members and for whoever has a right over them all, and clusters, by name or title."""
    if not request.user.is_authenticated or not words:
        return []
    actor = Actor.of_request(request)
    over, hits = access.platform_rights(actor), []
    if places_of(actor):
        own = _found(access.visible(actor, Tenant, TENANT_VIEW), words)
        hits += [_tenant(one, reverse("tenant-home", args=[one.name])) for one in own]
    if PLATFORM_TENANTS in over:
        every = _found(access.visible(actor, Tenant, PLATFORM_TENANTS), words)
        hits += [_tenant(one, reverse("platform-tenant", args=[one.name])) for one in every]
    elif PLATFORM_AUDIT in over:
        every = _found(access.visible(actor, Tenant, PLATFORM_AUDIT), words)
        hits += [_tenant(one, f"{reverse('platform-audit')}?tenant={one.name}", _("Audit")) for one in every]
    if PLATFORM_CLUSTERS in over:
        for cluster in _found(access.visible(actor, Cluster, PLATFORM_CLUSTERS), words):
            url = reverse("platform-cluster", args=[cluster.name])
            hits.append(Hit(title=cluster.title or cluster.name, url=url, detail=_("Cluster"), icon="server"))
    return hits[:MOST_HITS]


def find_account(request: HttpRequest, words: Sequence[str]) -> list[Hit]:
    """The pages of the account, for everybody."""
    if not request.user.is_authenticated or not words:
        return []
    return [
        Hit(title=title, url=reverse(page), detail=_("Account"), icon=icon)
        for page, title, icon, also in ACCOUNT
        if matches(words, title, also)
    ]


def find_log(request: HttpRequest, words: Sequence[str]) -> list[Hit]:
    """The log by the words it goes by, and, for those who may, where it is exported: the page that has the buttons."""
    if not request.user.is_authenticated or not words or not matches(words, EXPORT, LOG):
        return []
    actor, hits = Actor.of_request(request), []
    if matches(words, LOG):
        hits = [
            _log(one, _("Activity")) for one in access.visible(actor, Tenant, AUDIT_VIEW).order_by("name")[:MOST_HITS]
        ]
    else:
        rows = access.visible(actor, Tenant, AUDIT_EXPORT).order_by("name")[:MOST_HITS]
        hits = [_log(one, _("Export the audit log"), "download") for one in rows]
        if PLATFORM_AUDIT in access.platform_rights(actor):
            url = reverse("platform-audit")
            hits.insert(0, Hit(title=_("Export the audit log"), url=url, detail=_("Platform"), icon="download"))
    return hits


def _found(rows: QuerySet[Thing], words: Sequence[str]) -> list[Thing]:
    """Those of whose name or title all of it is a part; else those that the words name, among others."""
    text = " ".join(words)
    part: Q = Q(name__icontains=text) | Q(title__icontains=text)
    named: Q = Q(name__in=[word.lower() for word in words]) | Q(called__in=spans(words))
    found: list[Thing] = [*rows.alias(called=Lower("title")).filter(part | named).order_by("name")[:MOST_HITS]]
    return [one for one in found if _is_part(text, one)] or found


def _is_part(text: str, one: Thing) -> bool:
    return text.lower() in one.name or text.lower() in one.title.lower()


def _tenant(one: Tenant, url: str, detail: str = "") -> Hit:
    return Hit(title=one.title or one.name, url=url, detail=detail or _("Tenant"), icon="building-2")


def _log(one: Tenant, title: str, icon: str = "shield-check") -> Hit:
    return Hit(title=title, url=reverse("activity", args=[one.name]), detail=one.title or one.name, icon=icon)
