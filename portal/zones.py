"""Time zones that people name."""

from __future__ import annotations

from zoneinfo import ZoneInfo

# They are files beside the zones: what this machine is set to, or none at all, or copies that count other seconds.
_NO_ZONES = frozenset({"localtime", "Factory", "posixrules"})
_COPIES = ("posix/", "right/")


def is_zone(name: str) -> bool:
    """Whether it is a time zone of the world, as `Europe/Berlin` or `UTC`, whatever machine is asked."""
    if name in _NO_ZONES or name.startswith(_COPIES):
        return False
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # one that there is not is a KeyError
        return False
    return True
