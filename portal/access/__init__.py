"""The doorway: who someone is (`Actor`), what rights there are, and the only functions that fetch tenant data.

Knows no domain object: rooms above register a locator per kind of thing. Imports `portal.errors` only.
"""

from portal.access.actor import Actor
from portal.access.doorway import (
    Locator,
    allows,
    get,
    holders,
    platform_rights,
    read_ahead,
    register,
    require,
    require_platform,
    rights,
    visible,
    who_can_give,
)
from portal.access.ref import Ref

__all__ = [
    "Actor",
    "Locator",
    "Ref",
    "allows",
    "get",
    "holders",
    "platform_rights",
    "read_ahead",
    "register",
    "require",
    "require_platform",
    "rights",
    "visible",
    "who_can_give",
]
