"""How the API's schema describes sign-in by token."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class TokenScheme(OpenApiAuthenticationExtension):
    """`Authorization: Token slw_…`; found by the schema through its target."""

    target_class = "tenants.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        about = "`Token slw_…`, made on the account page or by `manage.py token`."
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": about}
