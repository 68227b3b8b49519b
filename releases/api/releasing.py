"""`GET` of what releases go by: the strategies that a tenant saved, and what is frozen of it or of the platform."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps_mgmt.models import StrategyVersion
from apps_mgmt.spec.unsigned import unsigned_in
from portal import access
from portal.access import Actor, Ref, permissions
from portal.access.ref import TENANT
from portal.operations.parameters import ShowingView
from releases.api.views import ERRORS
from tenants import freezes


class StrategyShape(serializers.Serializer[Any]):
    """A version of a saved strategy; the newest of a name is what an app takes now, unless it is retired."""

    name = serializers.CharField()
    number = serializers.IntegerField()
    title = serializers.CharField()
    strategy = serializers.DictField(help_text="As the operation strategy.save wrote it down: kind, steps and so on.")
    retired = serializers.BooleanField(help_text="No app can take it any more.")
    by = serializers.CharField()
    created_at = serializers.DateTimeField()


class FreezeShape(serializers.Serializer[Any]):
    """A span in which releases wait."""

    whose = serializers.CharField(help_text="tenant, or platform for one that an operator set.")
    name = serializers.CharField()
    begins = serializers.DateTimeField()
    ends = serializers.DateTimeField()
    time_zone = serializers.CharField()
    reason = serializers.CharField()
    only = serializers.ListField(
        child=serializers.CharField(), help_text="The apps it is for, of the platform's the tenants; empty: all."
    )
    by = serializers.CharField()


STRATEGIES = StrategyShape(many=True)
FREEZES = FreezeShape(many=True)


class Strategies(ShowingView):
    """The strategies that a tenant saved, by name, of each the newest version first."""

    @extend_schema(operation_id="strategies", responses={200: STRATEGIES} | ERRORS)
    def get(self, request: Request, tenant: str) -> Response:
        found = access.get(Actor.of_request(request), Ref(TENANT, tenant), permissions.TENANT_VIEW)
        return Response([_strategy(one) for one in found.strategies.order_by("name", "-number")])


class Freezes(ShowingView):
    """What is, will be or was frozen of a tenant's apps, by whomever; the first to begin comes first."""

    @extend_schema(operation_id="freezes", responses={200: FREEZES} | ERRORS)
    def get(self, request: Request, tenant: str) -> Response:
        found = access.get(Actor.of_request(request), Ref(TENANT, tenant), permissions.TENANT_VIEW)
        over = [one for one in freezes.of_platform() if not one.only or found.name in one.only]
        # Which other tenants an operator named is not for this one to know.
        shown = [row | {"only": []} for row in _freezes(over, whose="platform")]
        return Response(_in_order([*shown, *_freezes(freezes.load(found.freezes), whose="tenant")]))


class PlatformFreezes(ShowingView):
    """The freezes over all tenants, for those who operate the platform."""

    @extend_schema(operation_id="platform_freezes", responses={200: FREEZES} | ERRORS)
    def get(self, request: Request) -> Response:
        access.require_platform(Actor.of_request(request), permissions.PLATFORM_TENANTS)
        return Response(_in_order(_freezes(freezes.of_platform(), whose="platform")))


def _strategy(row: StrategyVersion) -> dict[str, Any]:
    names = ("name", "number", "title", "strategy", "retired", "created_at")
    shown = {name: getattr(row, name) for name in names}
    return {**shown, "strategy": unsigned_in(row.strategy), "by": row.actor_name}


def _freezes(found: Iterable[freezes.Freeze], *, whose: str) -> list[dict[str, Any]]:
    return [
        {
            "whose": whose,
            "name": one.name,
            "begins": one.start,
            "ends": one.end,
            "time_zone": one.time_zone,
            "reason": one.reason,
            "only": list(one.only),
            "by": one.by,
        }
        for one in found
    ]


def _in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row["begins"], row["whose"], row["name"]))
