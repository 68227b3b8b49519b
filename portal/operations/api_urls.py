"""`…/operations/{name}` for every operation, under the path of its subject; the schema and its pages."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponseBase, JsonResponse
from django.urls import URLPattern, path
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import NotAuthenticated
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.access import ref
from portal.errors import NotFound
from portal.operations import registry
from portal.operations.api import view_of
from portal.operations.parameters import ShowingView

PATHS = {
    ref.TENANT: "tenants/<str:tenant>/operations/",
    ref.APP: "tenants/<str:tenant>/apps/<str:app>/operations/",
    ref.RELEASE: "tenants/<str:tenant>/apps/<str:app>/releases/<int:number>/operations/",
    ref.CLUSTER: "platform/clusters/<str:cluster>/operations/",
    ref.PLATFORM: "platform/operations/",
}


class UnknownOperation(APIView):
    """Any other name: a sentence with the nearest one."""

    schema = None

    def post(self, request: Request, name: str, **path: object) -> Response:
        known = registry.find(name)
        address = re.sub(r"<\w+:(\w+)>", r"{\1}", PATHS[known.subject])
        sentence = _("{name} belongs to the address of its {kind}. Send it to {address}.")
        raise NotFound(sentence.format(name=known.name, kind=known.subject, address=f"/api/v1/{address}{known.name}"))

    get = post


def _operation_paths() -> list[URLPattern]:
    """With a slash at the end too, as other addresses have it; not in the schema twice."""
    every = registry.all_operations()
    patterns = [path(PATHS[one.subject] + one.name, view_of(one), name=f"api-{one.name}") for one in every]
    patterns += [path(f"{PATHS[one.subject]}{one.name}/", view_of(one, schema=None)) for one in every]
    unknown = UnknownOperation.as_view()
    return patterns + [path(start + f"<str:name>{end}", unknown) for start in PATHS.values() for end in ("", "/")]


class KeptSchema(SchemaGenerator):
    """The description as it was made first: nothing in it depends on who asks, and making it takes a while."""

    def get_schema(self, request: Request | None = None, public: bool = False) -> Any:
        return _schema(get_language() or "")


@cache
def _schema(language: str) -> Any:
    return SchemaGenerator().get_schema(request=None, public=True)


class Schema(ShowingView, SpectacularAPIView):
    """The description of all of it."""

    generator_class = KeptSchema
    schema = None
    parameters = ("format",)
    content_negotiation_class = DefaultContentNegotiation


class Docs(SpectacularSwaggerSplitView):
    """The page about it, for people: whoever is not signed in is led there, as by every page."""

    def handle_exception(self, error: Exception) -> HttpResponseBase:  # type: ignore[override]  # a page, no JSON
        """A token that does not count gets a sentence."""
        if isinstance(error, NotAuthenticated):
            return redirect_to_login(self.request.get_full_path())
        answered: Response = super().handle_exception(error)
        return JsonResponse(answered.data, status=answered.status_code)


urlpatterns = [
    *_operation_paths(),
    path("schema/", Schema.as_view(permission_classes=[AllowAny]), name="api-schema"),
    path("docs/", Docs.as_view(url_name="api-schema"), name="api-docs"),
]
