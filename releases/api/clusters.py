"""`GET` of clusters, for platform operators. What a cluster signs in with is told, never the credential."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal import access
from portal.access import Actor, Ref, permissions
from portal.access.ref import CLUSTER
from portal.operations.parameters import ShowingView
from releases.api.views import AFTER, ERRORS, PAGE, page_of
from releases.clusters import accounts
from releases.models import Provision
from releases.provisioning.showing import readiness
from tenants.models import Cluster
from tenants.standing import SHORT, short_since

READINESS = ["waiting", *Provision.State.values]
STATES = [*Cluster.State.choices, (SHORT, _("Rights missing"))]


class ClusterShape(serializers.Serializer[Any]):
    """A cluster in a list."""

    name = serializers.CharField()
    title = serializers.CharField()
    server = serializers.CharField()
    state = serializers.ChoiceField(
        choices=STATES,
        help_text="short: it answers and may be looked at, and nothing can be deployed there.",
    )
    since = serializers.DateTimeField()
    why = serializers.CharField(
        help_text="Why it is in this state, or what the last check found that keeps releases from it, and what to do; "
        "blank when there is nothing to say."
    )
    restricted = serializers.CharField(
        help_text="Why deploying there takes the right release.approve, too; blank where it does not."
    )
    version = serializers.IntegerField(help_text="Send it back with an operation, to be told of others' changes.")


class NamespaceShape(serializers.Serializer[Any]):
    """What one tenant has on the cluster."""

    tenant = serializers.CharField()
    namespace = serializers.CharField()
    ready = serializers.ChoiceField(choices=READINESS)
    why = serializers.CharField(help_text="Why it could not be made ready; blank when there is nothing to say.")


class AccountShape(serializers.Serializer[Any]):
    """An account that Slipway made on the cluster, with which something is wrong."""

    account = serializers.CharField(help_text="As namespace/name.")
    tenant = serializers.CharField(help_text="Whose releases it carries out; blank for the one that watches.")
    trouble = serializers.ChoiceField(choices=accounts.STATES)
    lacks = serializers.ListField(child=serializers.CharField(), help_text="Rights that it had and has no longer.")
    why = serializers.CharField(help_text="What is wrong and what to do, as a sentence.")


class ClusterDetailShape(ClusterShape):
    """A cluster with what it serves, what Slipway may do there, and the tenants that may use it."""

    signs_in_with = serializers.ChoiceField(choices=["token", "certificate", ""])
    kubernetes = serializers.CharField()
    gateway_api = serializers.CharField(help_text="The served version; blank for none.")
    cloneset = serializers.CharField(help_text="The served version; blank for none.")
    lacks = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="Rights that are missing; null when not known."
    )
    accounts = AccountShape(many=True, allow_null=True, help_text="What the last check found; null before the first.")
    checked_at = serializers.DateTimeField(allow_null=True)
    tenants = serializers.ListField(child=serializers.CharField())
    ready = serializers.ChoiceField(choices=READINESS, help_text="Of Slipway's own account there.")
    ready_why = serializers.CharField(help_text="Why it is not, or not yet; blank where nothing keeps it.")
    namespaces = NamespaceShape(many=True)


class Clusters(ShowingView):
    """All clusters, by name."""

    parameters = (AFTER.name,)

    @extend_schema(operation_id="clusters", parameters=[AFTER], responses={200: ClusterShape(many=True)} | ERRORS)
    def get(self, request: Request) -> Response:
        actor = Actor.of_request(request)
        access.require_platform(actor, permissions.PLATFORM_CLUSTERS)
        after = request.query_params.get("after", "")
        rows = access.visible(actor, Cluster, permissions.PLATFORM_CLUSTERS).filter(name__gt=after[:64])
        return page_of([_row(one) for one in rows.order_by("name")[: PAGE + 1]], key="name")


class ClusterDetail(ShowingView):
    """One cluster."""

    @extend_schema(operation_id="cluster", responses={200: ClusterDetailShape} | ERRORS)
    def get(self, request: Request, cluster: str) -> Response:
        ref = Ref(CLUSTER, cluster=cluster)
        return Response(_detail(access.get(Actor.of_request(request), ref, permissions.PLATFORM_CLUSTERS)))


def _row(cluster: Cluster) -> dict[str, Any]:
    standing = cluster.standing
    is_short = standing.state == SHORT
    return {
        "name": cluster.name,
        "title": cluster.title,
        "server": cluster.server,
        "state": standing.state,
        "since": short_since(cluster.capabilities) or cluster.state_since if is_short else cluster.state_since,
        "why": standing.why,
        "restricted": cluster.restricted,
        "version": cluster.version,
    }


def _detail(cluster: Cluster) -> dict[str, Any]:
    report = cluster.capabilities
    grants = list(cluster.grants.select_related("tenant").order_by("tenant__name"))
    ready = readiness(cluster)
    return _row(cluster) | {
        "signs_in_with": cluster.signs_in_with,
        "kubernetes": report.get("server_version", ""),
        "gateway_api": report.get("gateway_api", ""),
        "cloneset": report.get("cloneset", ""),
        "lacks": report.get("lacks"),
        "accounts": _accounts(report),
        "checked_at": report.get("checked_at"),
        "tenants": [one.tenant.name for one in grants],
        "ready": ready[None].state,
        "ready_why": ready[None].why,
        "namespaces": [
            {
                "tenant": one.tenant.name,
                "namespace": one.namespace,
                "ready": ready[one.tenant_id].state,
                "why": ready[one.tenant_id].why,
            }
            for one in grants
        ],
    }


def _accounts(report: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    if (found := report.get("accounts")) is None:
        return None
    return [
        {
            **{name: trouble[name] for name in ("account", "trouble", "lacks")},
            "tenant": tenant,
            "why": accounts.sentence(tenant, trouble),
        }
        for tenant, trouble in sorted(found.items())
    ]
