"""`GET` of quotas: what a tenant may use and uses, what it asked for, and what waits over all tenants."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal import access
from portal.access import Actor, Ref, permissions
from portal.access.ref import TENANT
from portal.errors import Invalid
from portal.operations.parameters import ShowingView
from releases.api.views import AFTER, ERRORS, PAGE, page_of
from tenants.models import QuotaRequest, Tenant
from tenants.quota import records
from tenants.quota.arithmetic import line
from tenants.quota.dimensions import DIMENSIONS

STATE = OpenApiParameter("state", str, enum=list(QuotaRequest.State.values), description="Only those in this state.")
UNITS = "In the unit of the dimension: millicores, bytes, or pieces."


class RaiseShape(serializers.Serializer[Any]):
    """A limit for a while."""

    amount = serializers.IntegerField()
    until = serializers.DateField(help_text="The last day, in UTC.")


# Made by name, because a field called `label` is not what a class of fields calls its own.
LimitShape: Any = type(
    "LimitShape",
    (serializers.Serializer,),
    {
        "__doc__": "A dimension of a tenant's quota.",
        "dimension": serializers.CharField(),
        "label": serializers.CharField(),
        "unit": serializers.CharField(help_text="millicores, bytes or count."),
        "used": serializers.IntegerField(),
        "limit": serializers.IntegerField(help_text="What may be used now."),
        "for_good": serializers.IntegerField(help_text="What it is when no raise for a while counts."),
        "raises": RaiseShape(many=True, help_text="The first to end first."),
        "used_text": serializers.CharField(),
        "limit_text": serializers.CharField(),
    },
)


class QuotaRequestShape(serializers.Serializer[Any]):
    """What was asked of a limit, and what came of it."""

    id = serializers.IntegerField()
    tenant = serializers.CharField()
    number = serializers.IntegerField(help_text="Within the tenant; what quota.withdraw and quota.decide take.")
    dimension = serializers.CharField()
    before = serializers.IntegerField(help_text=f"The limit as it was for good, or on the last day asked for. {UNITS}")
    asked = serializers.IntegerField(help_text=UNITS)
    granted = serializers.IntegerField(allow_null=True, help_text=UNITS)
    until = serializers.DateField(allow_null=True, help_text="The last day of a raise for a while.")
    reason = serializers.CharField()
    state = serializers.ChoiceField(choices=QuotaRequest.State.choices)
    asked_by = serializers.CharField()
    asked_at = serializers.DateTimeField()
    decided_by = serializers.CharField(allow_blank=True, help_text="Blank where the rule decided, or nobody has.")
    decided_at = serializers.DateTimeField(allow_null=True)
    comment = serializers.CharField(allow_blank=True)
    ended_at = serializers.DateTimeField(allow_null=True, help_text="When a raise for a while was over.")


class Quota(ShowingView):
    """How much a tenant may use, and uses."""

    @extend_schema(operation_id="quota", responses={200: LimitShape(many=True)} | ERRORS)
    def get(self, request: Request, tenant: str) -> Response:
        return Response(_limits(_tenant(request, tenant, permissions.TENANT_VIEW)))


class PlatformQuota(ShowingView):
    """How much a tenant may use, and uses, for whoever decides about it."""

    @extend_schema(operation_id="platform_quota", responses={200: LimitShape(many=True)} | ERRORS)
    def get(self, request: Request, tenant: str) -> Response:
        return Response(_limits(_tenant(request, tenant, permissions.PLATFORM_QUOTA)))


class QuotaRequests(ShowingView):
    """What a tenant asked for, the newest first."""

    parameters = (STATE.name, AFTER.name)

    @extend_schema(
        operation_id="quota_requests", parameters=[STATE, AFTER], responses={200: QuotaRequestShape(many=True)} | ERRORS
    )
    def get(self, request: Request, tenant: str) -> Response:
        found = _tenant(request, tenant, permissions.TENANT_VIEW)
        return _page(request, found.quota_requests.all())


class PlatformQuotaRequests(ShowingView):
    """What all tenants asked for, the newest first."""

    parameters = (STATE.name, AFTER.name)

    @extend_schema(
        operation_id="platform_quota_requests",
        parameters=[STATE, AFTER],
        responses={200: QuotaRequestShape(many=True)} | ERRORS,
    )
    def get(self, request: Request) -> Response:
        actor = Actor.of_request(request)
        access.require_platform(actor, permissions.PLATFORM_QUOTA)
        return _page(request, access.visible(actor, QuotaRequest, permissions.PLATFORM_QUOTA))


def _tenant(request: Request, tenant: str, permission: str) -> Tenant:
    found: Tenant = access.get(Actor.of_request(request), Ref(TENANT, tenant), permission)
    return found


def _limits(tenant: Tenant) -> list[dict[str, Any]]:
    quota = records.record_of(tenant)
    rows = []
    for name, limit in quota.limits.items():
        now = line(name, used=quota.used.get(name, 0), grown=0, limit=limit.now)
        rows.append(
            {
                "dimension": name,
                "label": str(DIMENSIONS[name].label),
                "unit": now.unit,
                "used": now.used,
                "limit": now.limit,
                "for_good": limit.amount,
                "raises": [{"amount": one.amount, "until": one.until} for one in limit.raises],
                "used_text": now.used_text,
                "limit_text": now.limit_text,
            }
        )
    return rows


def _page(request: Request, rows: QuerySet[QuotaRequest]) -> Response:
    state, after = (request.query_params.get(one.name, "") for one in (STATE, AFTER))
    if STATE.name in request.query_params and state not in QuotaRequest.State.values:
        sentence = _("There is no such state. Choose from {known}.").format(known=", ".join(QuotaRequest.State.values))
        raise Invalid(sentence, fields={STATE.name: [sentence]})
    if after and not (after.isascii() and after.isdigit() and len(after) < 19):
        sentence = _("after has to be the id of a request. Begin again without it.")
        raise Invalid(sentence, fields={AFTER.name: [sentence]})
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(pk__lt=int(after)) if after else rows
    return page_of([_row(one) for one in rows.select_related("tenant").order_by("-pk")[: PAGE + 1]], key="id")


def _row(one: QuotaRequest) -> dict[str, Any]:
    names = set(QuotaRequestShape().fields) - {"tenant"}
    return {"tenant": one.tenant.name} | {name: getattr(one, name) for name in names}
