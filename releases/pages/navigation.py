"""What this room adds to the side navigation: home, apps, releases, activity, audit."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import access, live
from portal.access import Actor, permissions
from portal.ui import nav
from portal.ui.nav import Contribution, Item, Section
from releases import inbox, notices
from tenants.models import Tenant
from tenants.pages.navigation import PLATFORM_ORDER, current_tenant, places_of

ANSWERS = frozenset({permissions.APP_DEPLOY, permissions.RELEASE_APPROVE})


def register() -> None:
    nav.provider(contribute)


def contribute(request: HttpRequest) -> Contribution:
    if not request.user.is_authenticated:
        return Contribution()
    actor = Actor.of_request(request)
    current = current_tenant(request, actor)
    sections: list[Section] = []
    followed: dict[str, int] = {}
    if current:
        tenant = next(one for one in places_of(actor) if one.name == current)
        waiting, followed = _waiting(actor, tenant)
        items = [
            _home(actor, tenant),
            *waiting,
            Item(
                title=_("Apps"),
                url=reverse("apps", args=[current]),
                icon="layout-grid",
                also=[reverse("tenant-operation", args=[current, "app.create"])],
            ),
            Item(title=_("Releases"), url=reverse("tenant-releases", args=[current]), icon="rocket"),
            Item(title=_("Strategies"), url=reverse("strategies", args=[current]), icon="route"),
        ]
        if permissions.AUDIT_VIEW in access.rights(actor, tenant_id=tenant.pk):
            items.append(Item(title=_("Activity"), url=reverse("activity", args=[current]), icon="history"))
        sections.append(Section(items=items, order=10))
    elif access.platform_rights(actor):
        home = Item(title=_("Home"), url=reverse("home"), icon="house", exact=True)
        sections.append(Section(items=[home], order=10))
    over_all = []
    if permissions.PLATFORM_TENANTS in access.platform_rights(actor):
        over_all.append(Item(title=_("Releases"), url=reverse("platform-releases"), icon="rocket"))
    if permissions.PLATFORM_AUDIT in access.platform_rights(actor):
        over_all.append(Item(title=_("Audit"), url=reverse("platform-audit"), icon="shield-check"))
    if over_all:
        sections.append(Section(label=_("What happens on the platform"), items=over_all, order=PLATFORM_ORDER + 1))
    return Contribution(sections=sections, live=followed)


def _home(actor: Actor, tenant: Tenant) -> Item:
    """That of the tenant, which for those who see one tenant and nothing of the platform is the first page."""
    own = reverse("tenant-home", args=[tenant.name])
    alone = len(places_of(actor)) == 1 and not access.platform_rights(actor)
    return Item(title=_("Home"), url=reverse("home") if alone else own, icon="house", exact=True, also=[own])


def _waiting(actor: Actor, tenant: Tenant) -> tuple[list[Item], dict[str, int]]:
    """The way to what waits for this person, for those who may answer anything or were told something, and the topic by
    which it is known.
    """
    topic = f"waiting:{tenant.pk}"
    # The topic moves as soon as anything comes to wait: where it never has, there is nothing to ask for.
    version = live.version(topic)
    count = len(inbox.asked_of(actor, tenant.pk)) if version else 0
    answers = count or ANSWERS & access.rights(actor, tenant_id=tenant.pk)
    if not answers and not (version and notices.told_to(actor, tenant.pk)):
        return [], {}
    item = Item(
        title=_("Waiting for you"),
        url=reverse("inbox", args=[tenant.name]),
        icon="inbox",
        count=count,
        count_url=reverse("inbox-count", args=[tenant.name]),
        count_topic=topic,
    )
    return [item], {topic: version}
