"""Home of those who work for the platform: what waits for them, how the clusters are, how the log stands."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal import access
from portal.access import Actor, permissions
from portal.audit.models import PLATFORM_CHAIN, AuditEntry
from releases.log.chain_state import all_chains
from releases.pages import activity_figures
from releases.sweep import drawn
from tenants.models import Cluster, Tenant
from tenants.pages import quota_figures
from tenants.standing import SHORT, Standing

SHOWN, LINES = 12, 8
TROUBLES = {
    Cluster.State.AWAY: gettext_lazy("The cluster {name} does not answer"),
    Cluster.State.BLIND: gettext_lazy("Slipway may not look at what runs on the cluster {name}"),
    SHORT: gettext_lazy("Rights are missing on the cluster {name}"),
}
Row = dict[str, Any]


def context(actor: Actor) -> dict[str, Any]:
    """What the page shows of what the actor has a right to: operators see all of it, auditors the log."""
    rights = access.platform_rights(actor)
    clusters = access.visible(actor, Cluster, permissions.PLATFORM_CLUSTERS).order_by("name")
    tenants = access.visible(actor, Tenant, permissions.PLATFORM_TENANTS)
    shown: dict[str, Any] = {
        "waiting": waiting(actor),
        "clusters": list(clusters[:SHOWN]),
        "facts": _facts(tenants, clusters) if permissions.PLATFORM_TENANTS in rights else [],
    }
    return shown | (_of_log(actor) if permissions.PLATFORM_AUDIT in rights else {})


def waiting(actor: Actor) -> list[Row]:
    """What the actor has to see to on the platform: requests to decide, clusters where nothing can be done."""
    return [*_requests(actor), *_clusters(actor)]


def _requests(actor: Actor) -> list[Row]:
    count = quota_figures.waiting(actor)
    if not count:
        return []
    title = ngettext("{count} quota request waits for a decision", "{count} quota requests wait for a decision", count)
    return [{"title": title.format(count=count), "url": reverse("platform-quota"), "icon": "gauge"}]


def _clusters(actor: Actor) -> list[Row]:
    found = Q(capabilities__lacks__0__isnull=False) | Q(capabilities__accounts__isnull=False)
    rows = access.visible(actor, Cluster, permissions.PLATFORM_CLUSTERS).filter(Q(state__in=Cluster.UNSEEN) | found)
    named = [(one, one.standing) for one in rows.order_by("name")]
    return [_waits(one, standing) for one, standing in named if standing.state in TROUBLES][:SHOWN]


def _waits(cluster: Cluster, standing: Standing) -> Row:
    away = standing.state == Cluster.State.AWAY
    return {
        "title": TROUBLES[standing.state].format(name=cluster.title or cluster.name),
        "text": standing.why,
        "url": reverse("platform-cluster", args=[cluster.name]),
        "tone": "bad" if away else "warn",
        "icon": "circle-x" if away else "key-round",
    }


def _facts(tenants: QuerySet[Tenant], clusters: QuerySet[Cluster]) -> list[Row]:
    suspended = list(tenants.filter(suspended=True).order_by("name").values_list("name", "title")[:SHOWN])
    return [
        {"title": _("Tenants"), "text": tenants.count(), "url": reverse("platform-tenants")},
        {"title": _("Clusters"), "text": clusters.count(), "url": reverse("platform-clusters")},
        *(
            {"title": _("Suspended"), "text": title, "url": reverse("platform-tenant", args=[name])}
            for name, title in suspended
        ),
        {"title": _("Caught by the sweep"), "text": _caught()},
    ]


def _caught() -> str:
    """How much the sweep found that events should have brought, and what it was last: nothing, when all is well."""
    net = drawn()
    if net is None or not net.caught or net.last_caught_at is None:
        return _("Nothing")
    at = date_format(timezone.localtime(net.last_caught_at), "DATETIME_FORMAT")
    told = ngettext("{count} event; the last {at}: {what}", "{count} events; the last {at}: {what}", net.caught)
    return told.format(count=net.caught, at=at, what=net.last_caught)


def _of_log(actor: Actor) -> dict[str, Any]:
    tenants = access.visible(actor, Tenant, permissions.PLATFORM_AUDIT).values_list("pk", "name", "title")
    known = {str(pk): (name, title) for pk, name, title in tenants}
    titles = {chain: title for chain, (_name, title) in known.items()} | {PLATFORM_CHAIN: _("The platform")}
    log, listed = all_chains(titles, most=SHOWN), reverse("platform-audit")
    for row in log["rows"]:
        name = known.get(row["chain"], ("", ""))[0]
        row["url"] = f"{listed}?tenant={name}" if name else listed
    entries = access.visible(actor, AuditEntry, permissions.PLATFORM_AUDIT).order_by("-at", "-pk")
    return {
        "log": log | {"more": log["chains"] - len(log["rows"]), "url": listed},
        "refused": _lines(entries.filter(outcome=AuditEntry.REFUSED)[:LINES]),
        "refused_url": f"{listed}?outcome={AuditEntry.REFUSED}",
        "activity": _lines(entries[:LINES]),
        "activity_url": listed,
    }


def _lines(entries: QuerySet[AuditEntry]) -> list[Row]:
    """Each line leads to the page of its entry: the apps themselves are not for those who see the log."""
    return [
        activity_figures.item(one, named=True) | {"url": activity_figures.entry_url(one, over_all=True)}
        for one in entries
    ]
