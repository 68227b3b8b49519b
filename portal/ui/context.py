"""Context processors: what every page knows without its view saying so."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal.ui import nav as navigation

THEMES = ("light", "dark")


def csp_nonce(request: HttpRequest) -> dict[str, Any]:
    """The nonce of this response under the name that django-htmx looks for."""
    return {"csp_nonce": getattr(request, "csp_nonce", None)}


def nav(request: HttpRequest) -> dict[str, Any]:
    """`nav` for the console layout (built only if a template asks for it) and the theme the person chose."""
    theme = request.COOKIES.get("theme", "")
    return {
        "nav": SimpleLazyObject(lambda: navigation.build(request)),
        "theme": theme if theme in THEMES else "",
    }
