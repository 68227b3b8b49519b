"""Around every request of somebody signed in: the use of the session is noted, and duties come first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from tenants.accounts import duties, sessions


class AccountsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        user: Any = request.user
        if not user.is_authenticated:
            return None
        sessions.note_use(request)
        duty = duties.first_of(user)
        name = request.resolver_match.url_name if request.resolver_match else ""
        return redirect(duty) if duty and name not in duties.OPEN[duty] else None
