"""`GET` of the audit log: of a tenant, and of all of them; as pages and as a file."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.http import urlencode
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal import access
from portal.access import Actor, Ref, permissions
from portal.audit import chain
from portal.audit.models import AuditEntry
from portal.audit.recording import as_fields
from portal.audit.wording import words
from portal.operations.parameters import ShowingView
from releases.api.views import ERRORS, PAGE
from releases.log import exporting, searching
from releases.log.unknown import OUTCOMES, refuse_unknown
from tenants.models import Tenant

_MEANING = {
    "q": "Words that it has or its sentence says, or that begin such words, and the address it came from; the header "
    "Warning says where some can be missed.",
    "person": "The user name, or the full name, of who did it.",
    "operation": "The name of what was done, such as env.set.",
    "outcome": "done, refused or failed.",
    "app": "The name, or the title, of the app it is about, releases included.",
    "tenant": "The name of the tenant.",
    "object": "The id of what it is about, as `subject_id` has it.",
    "last": "A number of days, back from now.",
    "since": "A day or a moment, in UTC.",
    "until": "A day, which is included, or a moment, in UTC.",
}
_VALUES = {"outcome": list(OUTCOMES)}
FILTERS = [OpenApiParameter(name, str, enum=_VALUES.get(name), description=_MEANING[name]) for name in searching.NAMES]
BEFORE = OpenApiParameter("before", str, description="Go on with older entries: `next` of the page before.")
AS = OpenApiParameter("as", str, enum=list(exporting.TYPES), description="The kind of file; jsonl can be verified.")
PAGED = (*searching.NAMES, BEFORE.name)
EXPORTED = (*searching.NAMES, AS.name)
FILES: dict[Any, Any] = {(200, kind.partition(";")[0]): OpenApiTypes.STR for kind in exporting.TYPES.values()}


class EntryShape(serializers.Serializer[Any]):
    """An entry of the log: what its hash covers, the hashes, and the sentence that a page would show."""

    chain = serializers.CharField()
    sequence = serializers.IntegerField()
    at = serializers.DateTimeField()
    tenant_id = serializers.UUIDField(allow_null=True)
    tenant_name = serializers.CharField()
    actor_id = serializers.UUIDField(allow_null=True)
    actor_name = serializers.CharField()
    how = serializers.CharField()
    token_id = serializers.CharField()
    address = serializers.CharField()
    request_id = serializers.CharField()
    operation = serializers.CharField()
    subject_kind = serializers.CharField()
    subject_id = serializers.CharField()
    subject_name = serializers.CharField()
    version_before = serializers.IntegerField(allow_null=True)
    version_after = serializers.IntegerField(allow_null=True)
    input = serializers.DictField()
    resolved = serializers.DictField()
    diff = serializers.ListField(child=serializers.DictField())
    result = serializers.DictField()
    outcome = serializers.CharField()
    reason = serializers.CharField()
    note = serializers.CharField()
    previous_hash = serializers.CharField()
    hash = serializers.CharField()
    sentence = serializers.CharField()


assert set(chain.HASHED) < set(EntryShape().fields)


class TenantLog(ShowingView):
    """Who did what in a tenant, the newest first."""

    parameters = PAGED

    @extend_schema(operation_id="audit", parameters=[*FILTERS, BEFORE], responses={200: EntryShape(many=True)} | ERRORS)
    def get(self, request: Request, tenant: str) -> Response:
        found, rows = _of_tenant(request, tenant, permissions.AUDIT_VIEW)
        return _page(request, rows, tenant=found)


class TenantExport(ShowingView):
    """The log of a tenant as a file, the oldest first."""

    parameters = EXPORTED

    @extend_schema(operation_id="audit_export", parameters=[*FILTERS, AS], responses=FILES | ERRORS)
    def get(self, request: Request, tenant: str) -> HttpResponseBase:
        found, rows = _of_tenant(request, tenant, permissions.AUDIT_EXPORT)
        return _file(request, rows, tenant=found)


class PlatformLog(ShowingView):
    """Who did what, over all tenants, the newest first."""

    parameters = PAGED

    @extend_schema(
        operation_id="platform_audit", parameters=[*FILTERS, BEFORE], responses={200: EntryShape(many=True)} | ERRORS
    )
    def get(self, request: Request) -> Response:
        return _page(request, _of_all(request), tenant=None)


class PlatformExport(ShowingView):
    """The log of all tenants as a file, chain by chain, the oldest first."""

    parameters = EXPORTED

    @extend_schema(operation_id="platform_audit_export", parameters=[*FILTERS, AS], responses=FILES | ERRORS)
    def get(self, request: Request) -> HttpResponseBase:
        return _file(request, _of_all(request), tenant=None)


def _of_tenant(request: Request, tenant: str, permission: str) -> tuple[Tenant, QuerySet[AuditEntry]]:
    actor = Actor.of_request(request)
    found: Tenant = access.get(actor, Ref("tenant", tenant), permission)
    return found, access.visible(actor, AuditEntry, permission).filter(tenant_id=found.pk)


def _of_all(request: Request) -> QuerySet[AuditEntry]:
    actor = Actor.of_request(request)
    access.require_platform(actor, permissions.PLATFORM_AUDIT)
    return access.visible(actor, AuditEntry, permissions.PLATFORM_AUDIT)


def _page(request: Request, rows: QuerySet[AuditEntry], *, tenant: Tenant | None) -> Response:
    query = request.query_params.dict()
    filters = searching.filters_in(query)
    before = query.get(BEFORE.name, "")
    searching.refuse_wrong(filters, before=before)
    refuse_unknown(rows, filters, tenant=tenant)
    page = searching.page_of(searching.filtered(rows, filters, tenant=tenant), before=before, size=PAGE)
    response = Response([{**as_fields(one), "sentence": words(one)} for one in page.rows])
    if page.older:
        kept = {name: value for name, value in filters.items() if value}
        response["Link"] = f'<?{urlencode({**kept, BEFORE.name: page.older})}>; rel="next"'
    if missed := searching.left_out(rows, filters, tenant=tenant):
        response["Warning"] = f'199 - "{missed}"'
    return response


def _file(request: Request, rows: QuerySet[AuditEntry], *, tenant: Tenant | None) -> HttpResponseBase:
    query = request.query_params.dict()
    filters = searching.filters_in(query)
    searching.refuse_wrong(filters)
    refuse_unknown(rows, filters, tenant=tenant)
    found = searching.filtered(rows, filters, tenant=tenant)
    return exporting.export(request, found, tenant=tenant, filters=filters, kind=query.get(AS.name, "jsonl"))
