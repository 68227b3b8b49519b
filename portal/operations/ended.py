"""What was typed into a form that was sent after its session had ended, or was made before its person signed in again:
sent back in a page, as long as that is open.

Nothing of it is stored here, and nothing is performed by it: once its sender has signed in again, in another tab, the
form is drawn as it was filled in. Secrets, and the name that confirms, have to be typed again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from rest_framework import serializers

from portal.operations.confirming import CONFIRM
from portal.operations.fields import SecretField
from portal.operations.inputs import LIST_MARKER
from portal.operations.operation import Operation
from portal.operations.rows import row_of

AGAIN = "_again"
"""The name of the button that asks for the form as it was filled in."""
NOTE = "note"


def kept(operation: type[Operation], sent: QueryDict) -> QueryDict:
    """Of what was sent, what people typed into fields of the operation and may be said back."""
    fields, found = operation.Input().fields, QueryDict(mutable=True)
    for name, values in sent.lists():
        if name == NOTE or _is_kept(name, fields):
            found.setlist(name, values)
    return found


def is_worth_it(typed: QueryDict) -> bool:
    """Whether anything was typed at all."""
    return any(any(values) for name, values in typed.lists() if not name.endswith(LIST_MARKER))


def page(request: HttpRequest, typed: QueryDict) -> HttpResponse:
    """401: that the session had ended; 403, for who is signed in: that the form has the token of another session. With
    what was typed, to go on with.
    """
    rows = [(name, value) for name, values in typed.lists() for value in values]
    context = {"typed": rows, "again": AGAIN, "signed_in": request.user.is_authenticated}
    response = render(request, "operations/ended.html", context, status=403 if context["signed_in"] else 401)
    add_never_cache_headers(response)
    return response


def _is_kept(name: str, fields: Mapping[str, Any]) -> bool:
    listed, inner = row_of(name)
    field = fields.get(listed or name.removesuffix(LIST_MARKER))
    if listed and isinstance(field, serializers.ListSerializer):
        field = getattr(field.child, "fields", {}).get(inner.removesuffix(LIST_MARKER))
    elif listed:
        field = getattr(field, "child", None)
    return field is not None and name != CONFIRM and not isinstance(field, SecretField)
