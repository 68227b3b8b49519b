"""Errors of the API as JSON with their own status: `{"code", "message"}`, and more where `as_json` says so."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from portal.errors import Conflict, Invalid, Refused, SlipwayError
from portal.operations import sentences
from portal.operations.refusals import record_unknown


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: our errors, then DRF's own in the same shape. Others become a 500 page."""
    if isinstance(error, SlipwayError):
        again = {"Retry-After": str(error.retry_seconds)} if error.retry_seconds else None
        return Response(as_json(error), status=error.status, headers=again)
    if isinstance(error, RequestDataTooBig):
        return Response({"code": "too_large", "message": _("The body is too large. Send less at a time.")}, status=413)
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        request = context["request"]._request
        record_unknown(address=request.META.get("REMOTE_ADDR", ""), what=request.path)
    detail = getattr(error, "detail", None)
    code = "not_found" if isinstance(error, Http404) else getattr(detail, "code", None) or "invalid"
    if isinstance(error, exceptions.APIException) and isinstance(detail, exceptions.ErrorDetail):
        view = context["view"]
        allowed = [one for one in view.allowed_methods if one not in ("HEAD", "OPTIONS")]
        message = sentences.of_request(error, method=str(context["request"].method), allowed=allowed)
    elif response.status_code == 404:
        message = _("There is nothing at this address. Check it.")
    else:
        message = _("The request is not valid. Look at the documentation of this call.")
    response.data = {"code": code, "message": message}
    return response


def as_json(error: SlipwayError) -> dict[str, Any]:
    """The body that says an error of ours."""
    body: dict[str, Any] = {"code": error.code, "message": str(error)}
    if isinstance(error, Invalid | Conflict) and error.fields:
        body["fields"] = error.fields
    if isinstance(error, Refused) and error.told:
        body["fields"] = error.told
    if isinstance(error, Conflict) and error.current_version is not None:
        body |= {"current_version": error.current_version, "differences": error.differences}
    return body
