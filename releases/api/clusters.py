"""`GET` of clusters, for platform operators. What a cluster signs in with is told, never the credential."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal import access
from portal.access import Actor, Ref, permissions
from portal.access.ref import CLUSTER
from releases.api.views import AFTER, ERRORS, PAGE, page_of
from tenants.models import Cluster


class ClusterShape(serializers.Serializer[Any]):
    """A cluster in a list."""

    name = serializers.CharField()
    title = serializers.CharField()
    server = serializers.CharField()
    state = serializers.ChoiceField(choices=Cluster.State.choices)
    since = serializers.DateTimeField()
    why = serializers.CharField(help_text="Why it is in this state; blank when there is nothing to say.")
    version = serializers.IntegerField(help_text="Send it back with an operation, to be told of others' changes.")


class ClusterDetailShape(ClusterShape):
    """A cluster with what it serves, what Slipway may do there, and the tenants that may use it."""

    signs_in_with = serializers.ChoiceField(choices=["token", "certificate", ""])
    kubernetes = serializers.CharField()
    gateway_api = serializers.CharField(help_text="The served version; blank for none.")
    cloneset = serializers.CharField(help_text="The served version; blank for none.")
    lacks = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="Rights that are missing; null when not known."
    )
    checked_at = serializers.DateTimeField(allow_null=True)
    tenants = serializers.ListField(child=serializers.CharField())


class Clusters(APIView):
    """All clusters, by name."""

    @extend_schema(operation_id="clusters", parameters=[AFTER], responses={200: ClusterShape(many=True)} | ERRORS)
    def get(self, request: Request) -> Response:
        actor = Actor.of_request(request)
        access.require_platform(actor, permissions.PLATFORM_CLUSTERS)
        after = request.query_params.get("after", "")
        rows = access.visible(actor, Cluster, permissions.PLATFORM_CLUSTERS).filter(name__gt=after[:64])
        return page_of([_row(one) for one in rows.order_by("name")[: PAGE + 1]], key="name")


class ClusterDetail(APIView):
    """One cluster."""

    @extend_schema(operation_id="cluster", responses={200: ClusterDetailShape} | ERRORS)
    def get(self, request: Request, cluster: str) -> Response:
        ref = Ref(CLUSTER, cluster=cluster)
        return Response(_detail(access.get(Actor.of_request(request), ref, permissions.PLATFORM_CLUSTERS)))


def _row(cluster: Cluster) -> dict[str, Any]:
    return {
        "name": cluster.name,
        "title": cluster.title,
        "server": cluster.server,
        "state": cluster.state,
        "since": cluster.state_since,
        "why": cluster.state_reason,
        "version": cluster.version,
    }


def _detail(cluster: Cluster) -> dict[str, Any]:
    report = cluster.capabilities
    tenants = cluster.grants.order_by("tenant__name")
    return _row(cluster) | {
        "signs_in_with": cluster.signs_in_with,
        "kubernetes": report.get("server_version", ""),
        "gateway_api": report.get("gateway_api", ""),
        "cloneset": report.get("cloneset", ""),
        "lacks": report.get("lacks"),
        "checked_at": report.get("checked_at"),
        "tenants": list(tenants.values_list("tenant__name", flat=True)),
    }
