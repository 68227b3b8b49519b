"""The pages for errors that Django itself finds: no such address, a bad request, a missing token, a fault of ours."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from portal.errors import SlipwayError

CODES = {400: "invalid", 403: "forbidden", 404: "not_found", 413: "too_large"}


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: a request Django could not read, or one for a host that is not ours; 413: one that is too large."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return _answer(request, 413, _("The form is too large, so nothing was saved. Go back and send less at a time."))
    return _answer(request, 400, _("The request could not be read. Go back and send it again."))


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    """403: a form without its token (`CSRF_FAILURE_VIEW`)."""
    sentence = _(
        "The form was too old or came from another page, so nothing was saved. Open it anew and send it again."
    )
    return _answer(request, 403, sentence)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: the same words for what is not there and what is not yours."""
    return _answer(request, 404, _("There is nothing here, or it is not yours to see. Check the address."))


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a fault of ours. What it was is in the log, under the request's id."""
    sentence = _("Something went wrong on our side, and nothing was changed half-way. Try again in a moment.")
    return _answer(request, 500, sentence)


def page(request: HttpRequest, status: int, sentence: object) -> HttpResponse:
    """An error as a page; a signed-in person keeps the navigation, unless the fault may be what draws it."""
    signed_in = getattr(request, "user", None) is not None and request.user.is_authenticated
    layout = "layouts/console.html" if signed_in and status in (403, 404, 409, 422) else "layouts/public.html"
    context = {"error": sentence, "status": status, "layout": layout}
    response = render(request, "errors/error.html", context, status=status)
    if isinstance(sentence, SlipwayError) and sentence.retry_seconds:
        response["Retry-After"] = str(sentence.retry_seconds)
    return response


def _answer(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"code": CODES.get(status, "error"), "message": sentence}, status=status)
    return page(request, status, sentence)
