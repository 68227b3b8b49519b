"""A request as rights see it, and the refusal in a control plane's words."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from ..errors import ApiError
from .users import User


@dataclass(frozen=True, slots=True)
class Attributes:
    """A verb on a resource; or on a ``path``, when that is set, which is none of the API's resources."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def target(self) -> str:
        """The resource as rules name it: ``pods`` or ``pods/log``."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def _quoted(text: str) -> str:
    """Text of the request, which may be anything, in a sentence that a page may show."""
    return '"' + escape(text, quote=False) + '"'


def _words(user: User, wanted: Attributes) -> str:
    who = f"User {_quoted(user.name)} cannot {wanted.verb}"
    if wanted.path:
        return f"{who} path {_quoted(wanted.path)}"
    where = f"in the namespace {_quoted(wanted.namespace)}" if wanted.namespace else "at the cluster scope"
    return f"{who} resource {_quoted(wanted.target)} in API group {_quoted(wanted.group)} {where}"


def refusal(user: User, wanted: Attributes, *, reason: str) -> ApiError:
    """403; ``reason`` says what went wrong while rights were looked up, if anything did."""
    words = _words(user, wanted) + (f": {reason}" if reason else "")
    if wanted.path:
        return ApiError(403, "Forbidden", f"forbidden: {words}", details={})
    qualified = f"{wanted.resource}.{wanted.group}" if wanted.group else wanted.resource
    named = f'{qualified} "{wanted.name}"' if wanted.name else qualified
    details: dict[str, Any] = {"name": wanted.name, "group": wanted.group, "kind": wanted.resource}
    kept = {key: value for key, value in details.items() if value}
    return ApiError(403, "Forbidden", f"{named} is forbidden: {words}", details=kept)
