"""What this room adds to the side navigation: the tenants to switch to, the tenant's and the platform's pages."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import access
from portal.access import Actor
from portal.access.permissions import PLATFORM_CLUSTERS, PLATFORM_QUOTA, PLATFORM_TENANTS, TENANT_VIEW
from portal.ui.nav import Contribution, Item, Place, Section, provider
from tenants.models import Tenant
from tenants.pages import quota_figures
from tenants.records import suspended_words

TENANT_ORDER = 20
PLATFORM_ORDER = 90
MOST_PLACES = 30


def register() -> None:
    provider(contribute)


def contribute(request: HttpRequest) -> Contribution:
    if not request.user.is_authenticated:
        return Contribution()
    actor = Actor.of_request(request)
    found = places_of(actor)
    current = current_tenant(request, actor)
    places = [
        Place(name=one.name, title=one.title, url=reverse("tenant-home", args=[one.name]), current=one.name == current)
        for one in found
    ]
    if places and access.platform_rights(actor):
        places.insert(0, Place(name="", title=str(_("Platform")), url=reverse("home"), current=not current))
    sections = [_tenant_section(current)] if current else []
    platform = _platform_items(actor)
    if platform:
        sections.append(Section(title=_("Platform"), label=_("Platform"), items=platform, order=PLATFORM_ORDER))
    notices = [suspended_words(one) for one in found if one.name == current and _is_about(request, current)]
    return Contribution(sections=sections, places=places, notice=" ".join(filter(None, notices)))


def places_of(actor: Actor) -> list[Tenant]:
    """The first tenants the actor may see; read once per actor."""
    key = "places"
    if key not in actor.cache:
        actor.cache[key] = list(access.visible(actor, Tenant, TENANT_VIEW).order_by("name")[:MOST_PLACES])
    found: list[Tenant] = actor.cache[key]
    return found


def _is_about(request: HttpRequest, tenant: str) -> bool:
    """Whether the present page is one of the tenant: its own, or home."""
    match = request.resolver_match
    return match is not None and (match.kwargs.get("tenant") == tenant or match.url_name == "home")


def current_tenant(request: HttpRequest, actor: Actor) -> str:
    """The tenant of the present page; on pages of no tenant the first of the person's own; empty without any, and at
    the home of the platform.
    """
    match, names = request.resolver_match, [one.name for one in places_of(actor)]
    named = match.kwargs.get("tenant", "") if match else ""
    if named in names:
        return str(named)
    if match is not None and match.url_name == "home" and access.platform_rights(actor):
        return ""
    return names[0] if names and not named else ""


def _tenant_section(name: str) -> Section:
    items = [
        Item(title=_("Tenant"), url=reverse("tenant", args=[name]), icon="building-2", exact=True),
        Item(title=_("Quota"), url=reverse("tenant-quota", args=[name]), icon="gauge"),
        Item(title=_("Freezes"), url=reverse("freezes", args=[name]), icon="snowflake"),
        Item(title=_("Members"), url=reverse("members", args=[name]), icon="users"),
        Item(title=_("Roles"), url=reverse("roles", args=[name]), icon="key-round"),
    ]
    return Section(items=items, label=_("Tenant"), order=TENANT_ORDER)


def _platform_items(actor: Actor) -> list[Item]:
    rights, items = access.platform_rights(actor), []
    if PLATFORM_QUOTA in rights:
        url = reverse("platform-quota")
        items.append(Item(title=_("Quota requests"), url=url, icon="gauge", count=quota_figures.waiting(actor) or None))
    if PLATFORM_TENANTS in rights:
        items.append(Item(title=_("Tenants"), url=reverse("platform-tenants"), icon="building-2"))
        items.append(Item(title=_("People"), url=reverse("platform-people"), icon="users"))
        items.append(Item(title=_("Accounts"), url=reverse("platform-accounts"), icon="circle-user"))
        items.append(Item(title=_("Freezes"), url=reverse("platform-freezes"), icon="snowflake"))
        items.append(Item(title=_("Rules"), url=reverse("platform-rules"), icon="scale"))
    if PLATFORM_CLUSTERS in rights:
        add = reverse("platform-operation", args=["cluster.add"])
        items.append(Item(title=_("Clusters"), url=reverse("platform-clusters"), icon="server", also=[add]))
    return items
