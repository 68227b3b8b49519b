"""A cluster, for platform operators: how it is, what it serves, what Slipway may do there, and which tenants use it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal import access
from portal.access import Actor, Ref, permissions
from portal.access.ref import CLUSTER
from portal.audit.models import AuditEntry
from releases.clusters import keeping, showing
from releases.pages.activity_figures import item
from releases.provisioning.showing import Readiness, readiness
from tenants.models import Cluster

LATEST = 10


@login_required
@require_safe
def detail(request: HttpRequest, cluster: str) -> HttpResponse:
    actor = Actor.of_request(request)
    found = access.get(actor, Ref(CLUSTER, cluster=cluster), permissions.PLATFORM_CLUSTERS)
    ready = readiness(found)
    context = {
        "cluster": found,
        "facts": _facts(found),
        "own": ready[None],
        "warnings": showing.warnings(found.capabilities),
        "actions": _actions(found),
        "tenants": _tenants(found, ready),
        "grant": _form(found, "cluster.grant", _("Let a tenant use it"), icon="plus"),
        "entries": _entries(found, actor),
    }
    return render(request, "platform/cluster.html", context)


def _facts(cluster: Cluster) -> list[dict[str, Any]]:
    report = cluster.capabilities
    asked = parse_datetime(str(report.get("checked_at") or ""))
    rows = [{"title": _("Server"), "text": cluster.server, "mono": True}]
    rows.append({"title": _("Signs in with"), "text": showing.way(cluster.signs_in_with)})
    rows += [{"title": label, "text": words} for label, words in showing.facts(report).items()]
    if asked:
        rows.append({"title": _("Checked"), "text": asked.strftime("%Y-%m-%d %H:%M UTC")})
    return rows


def _tenants(cluster: Cluster, ready: Mapping[uuid.UUID | None, Readiness]) -> list[dict[str, Any]]:
    apps = keeping.apps_on(cluster)
    return [
        {
            "tenant": one.tenant,
            "namespace": one.namespace,
            "ready": ready[one.tenant_id],
            "apps": sum(app.startswith(f"{one.tenant.name}/") for app in apps),
            "prepare": _form(cluster, "cluster.prepare", _("Make ready…"), query=f"?tenant={one.tenant.name}"),
            "revoke": _form(cluster, "cluster.revoke", _("Take it away…"), query=f"?tenant={one.tenant.name}"),
        }
        for one in cluster.grants.select_related("tenant").order_by("tenant__name")
    ]


def _entries(cluster: Cluster, actor: Actor) -> list[Any]:
    """The last things done to it, for those who may see the log."""
    rows = access.visible(actor, AuditEntry, permissions.PLATFORM_AUDIT)
    return [item(one) for one in rows.filter(subject_kind=CLUSTER, subject_id=str(cluster.pk)).order_by("-id")[:LATEST]]


def _actions(cluster: Cluster) -> dict[str, Any]:
    items = [
        _form(cluster, "cluster.check", _("Check"), icon="refresh-cw", method="post"),
        _form(cluster, "cluster.renew", _("Renew the access…"), icon="key-round"),
    ]
    more = [
        _form(cluster, "cluster.prepare", _("Make ready…"), icon="wrench"),
        _restriction(cluster),
        _form(cluster, "cluster.describe", _("Describe…"), icon="pencil"),
        _form(cluster, "cluster.remove", _("Remove…"), icon="trash-2", tone="danger"),
    ]
    return {"items": items, "more": more}


def _restriction(cluster: Cluster) -> dict[str, Any]:
    if cluster.restricted:
        return _form(cluster, "cluster.unrestrict", _("End the restriction…"), icon="lock-open")
    return _form(cluster, "cluster.restrict", _("Restrict…"), icon="lock")


def _form(cluster: Cluster, name: str, title: str, *, query: str = "", **look: str) -> dict[str, Any]:
    return {"title": title, "url": reverse("cluster-operation", args=[cluster.name, name]) + query, **look}
