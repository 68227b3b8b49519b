"""Step-up: before factors, the password or tokens are changed, a person says once more who they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

FRESH_SECONDS = 10 * 60
View = Callable[..., HttpResponse]


def confirm(request: HttpRequest) -> None:
    """Note in the session that the person has just said again who they are."""
    record_authentication(request, request.user, method="password", reauthenticated=True)


def is_fresh(request: HttpRequest, *, or_signed_in: bool = False) -> bool:
    """Whether that was within the last ten minutes; with `or_signed_in`, signing in counts too."""
    since = time.time() - FRESH_SECONDS
    records = get_authentication_records(request, request.user)
    return any(one["at"] > since for one in records if one.get("reauthenticated") or or_signed_in)


def to_confirm(back: str) -> HttpResponse:
    """On to the page that asks, and from there to the path `back`."""
    return HttpResponseRedirect(f"{reverse('account-confirm')}?{urlencode({'next': back})}")


def stepped_up(back: str) -> Callable[[View], View]:
    """A view for people who have stepped up; others confirm first, and come to the page named `back` afterwards."""

    def wrap(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return view(request, *args, **kwargs) if is_fresh(request) else to_confirm(reverse(back))

        return checked

    return wrap
