"""Somebody who calls the API with a token."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tenants.models import Tenant, User
from tests import cast

ROOT = "/api/v1/tenants/boutique"
APP = f"{ROOT}/apps/shop"


class Caller:
    """Sends requests as a person with a token of a tenant, or of the platform."""

    def __init__(self, user: User, tenant: Tenant | None, *, permissions: Iterable[str] = ()) -> None:
        self.header = cast.token_header(user, tenant=tenant, permissions=permissions)
        self.client = cast.browser(raise_request_exception=True)

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.header)

    def send(self, path: str, body: bytes | str, *, content_type: str = "application/json", **headers: str) -> Any:
        """POST a body as it is."""
        return self.client.post(path, body, content_type=content_type, headers=self.header | headers)

    def post(self, path: str, data: Any = None, **headers: str) -> Any:
        """POST JSON."""
        return self.send(path, json.dumps({} if data is None else data), **headers)

    def do(self, operation: str, data: Any = None, *, query: str = "", **headers: str) -> Any:
        """An operation on the app `shop`."""
        return self.post(f"{APP}/operations/{operation}{query}", data, **headers)
