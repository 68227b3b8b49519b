"""The person behind a request that `login_required` has let through."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from tenants.models import User


def person(request: HttpRequest) -> User:
    return cast(User, request.user)
