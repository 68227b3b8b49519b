"""The page that was open when somebody typed into Ctrl-K."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve


def page_in_front(request: HttpRequest) -> ResolverMatch | None:
    """That page; None where the browser does not say, or names none of ours."""
    try:
        return resolve(urlsplit(request.headers.get("Referer", "")).path)
    except (Resolver404, ValueError):
        return None


def front_of(request: HttpRequest, kind: str) -> str:
    """The name of the tenant, the cluster or the app (`kind`) whose page it was; "" for none."""
    place = page_in_front(request)
    return str(place.kwargs.get(kind, "")) if place is not None else ""
