"""`GET` of apps and releases. Every row comes through the doorway."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps_mgmt.drafts import undeployed
from apps_mgmt.seeing import apps_seen
from portal import access
from portal.access import Actor, Ref, permissions
from portal.errors import Invalid
from portal.operations.api import ErrorSerializer
from portal.operations.parameters import ShowingView
from releases import finding
from releases.api import shapes
from releases.models import Release
from releases.states import ReleaseState

PAGE = 100
ERRORS: dict[int, Any] = dict.fromkeys((400, 401, 403, 404, 406), ErrorSerializer)
AFTER = OpenApiParameter("after", str, description="Go on behind this name or number: `next` of the page before.")

WANTED = [
    OpenApiParameter("state", str, enum=list(ReleaseState), description="Only those in this state."),
    OpenApiParameter("app", str, description="Only those of apps with this in their names."),
    OpenApiParameter("who", str, description="Only those that this user started."),
    OpenApiParameter("after", str, description="Go on behind this: `next` of the page before. Then all have ended."),
]
FINDING = tuple(one.name for one in WANTED)
PLACED = shapes.PlacedReleaseShape(many=True)


class Apps(ShowingView):
    """The apps of a tenant, by name."""

    parameters = (AFTER.name,)

    @extend_schema(operation_id="apps", parameters=[AFTER], responses={200: shapes.AppShape(many=True)} | ERRORS)
    def get(self, request: Request, tenant: str) -> Response:
        rows = apps_seen(Actor.of_request(request), tenant)
        after = request.query_params.get("after", "")
        page = rows.filter(name__gt=after[:64]).select_related("tenant", "status").order_by("name")[: PAGE + 1]
        return page_of([shapes.app_row(one) for one in page], key="name")


class AppDetail(ShowingView):
    """One app: its draft, what waits to be deployed, and what runs where."""

    @extend_schema(operation_id="app", responses={200: shapes.AppDetailShape} | ERRORS)
    def get(self, request: Request, tenant: str, app: str) -> Response:
        ref = Ref("app", tenant, app)
        found = access.get(Actor.of_request(request), ref, permissions.APP_VIEW)
        return Response(shapes.app_detail(found, undeployed=undeployed(found)))


class AppDetailSlash(AppDetail):
    """The same with a slash at the end; not in the schema twice."""

    schema = None


class Releases(ShowingView):
    """The releases of an app, the newest first."""

    parameters = (AFTER.name,)

    @extend_schema(
        operation_id="releases", parameters=[AFTER], responses={200: shapes.ReleaseShape(many=True)} | ERRORS
    )
    def get(self, request: Request, tenant: str, app: str) -> Response:
        actor = Actor.of_request(request)
        found = access.get(actor, Ref("app", tenant, app), permissions.APP_VIEW)
        rows = access.visible(actor, Release, permissions.APP_VIEW).filter(app=found)
        after = request.query_params.get("after", "")
        if after:
            rows = rows.filter(number__lt=_number(after))
        page = rows.select_related("revision").order_by("-number")[: PAGE + 1]
        return page_of([shapes.release_row(one) for one in page], key="number")


class TenantReleases(ShowingView):
    """The releases of all apps of a tenant: what is under way, then what has ended, the last to end first."""

    parameters = FINDING

    @extend_schema(operation_id="tenant_releases", parameters=WANTED, responses={200: PLACED} | ERRORS)
    def get(self, request: Request, tenant: str) -> Response:
        actor = Actor.of_request(request)
        apps_seen(actor, tenant)
        return _found(request, access.visible(actor, Release, permissions.APP_VIEW).filter(app__tenant__name=tenant))


class PlatformReleases(ShowingView):
    """The same of all tenants, for those who operate the platform."""

    parameters = FINDING

    @extend_schema(operation_id="platform_releases", parameters=WANTED, responses={200: PLACED} | ERRORS)
    def get(self, request: Request) -> Response:
        actor = Actor.of_request(request)
        access.require_platform(actor, permissions.PLATFORM_TENANTS)
        return _found(request, access.visible(actor, Release, permissions.PLATFORM_TENANTS))


class ReleaseDetail(ShowingView):
    """One release with its clusters and its timeline."""

    @extend_schema(operation_id="release", responses={200: shapes.ReleaseDetailShape} | ERRORS)
    def get(self, request: Request, tenant: str, app: str, number: int) -> Response:
        ref = Ref("release", tenant, app, number)
        return Response(shapes.release_detail(access.get(Actor.of_request(request), ref, permissions.APP_VIEW)))


class ReleaseDetailSlash(ReleaseDetail):
    """The same with a slash at the end; not in the schema twice."""

    schema = None


def page_of(rows: list[dict[str, Any]], *, key: str) -> Response:
    """A list as it is; the link to the next page is in the header, as RFC 8288 has it."""
    response = Response(rows[:PAGE])
    if len(rows) > PAGE:
        response["Link"] = f'<?after={rows[PAGE - 1][key]}>; rel="next"'
    return response


def _found(request: Request, rows: QuerySet[Release]) -> Response:
    given = request.query_params.dict()
    if "state" in given and given["state"] not in set(ReleaseState):
        sentence = _("There is no such state. Choose from {known}.").format(known=", ".join(ReleaseState))
        raise Invalid(sentence, fields={"state": [sentence]})
    wanted, after = finding.Wanted.of(given), given.get("after", "")
    if after and not finding.is_mark(after):
        sentence = _("after has to be what the page before gave. Begin again without it.")
        raise Invalid(sentence, fields={"after": [sentence]})
    over, more = finding.ended(rows, wanted, after=after, size=PAGE)
    first = [] if after else finding.under_way(rows, wanted)
    response = Response([shapes.placed_release(one) for one in [*first, *over]])
    if more:
        response["Link"] = f'<?after={quote(more)}>; rel="next"'
    return response


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid(_("after has to be the number of a release."))
    return int(text)
