"""Small layers around every request: who asks, behind proxies too; its id; no caching of pages; errors as pages."""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

from portal.error_pages import bad_request, page
from portal.errors import SlipwayError

log = structlog.get_logger(__name__)
Answer = Callable[[HttpRequest], HttpResponse]
_ID = re.compile(r"[A-Za-z0-9-]{8,36}")


class TrustedProxiesMiddleware:
    """Behind `TRUSTED_PROXIES` proxies of ours the caller is whom the outermost of them saw, for audit and throttling.

    Each proxy adds the address it saw at the right of `X-Forwarded-For`, so whatever a caller puts there itself stands
    further left and is not looked at. With none in front the header means nothing.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.TRUSTED_PROXIES:
            seen = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",")]
            if len(seen) >= settings.TRUSTED_PROXIES and _is_address(seen[-settings.TRUSTED_PROXIES]):
                request.META["REMOTE_ADDR"] = seen[-settings.TRUSTED_PROXIES]
        return self.get_response(request)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


class RequestIdMiddleware:
    """Gives each request an id: the caller's `X-Request-Id` when it is a plain one, else a new one."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]  # our attribute
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response


class PrivatePagesMiddleware:
    """What a signed-in person sees is kept by no cache, neither the browser's nor one on the way."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


class ErrorPagesMiddleware:
    """An error of ours that reaches no form becomes a page with its sentence and status."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # No name or word ever has a NUL in it, and the database could not even be asked for one.
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return bad_request(request)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, SlipwayError):
            return None
        if exception.status >= 500:
            log.error("page failed", path=request.path, code=exception.code, reason=str(exception))
        return page(request, exception.status, exception)
