"""Kinds that are served in more than one version: kept in one of them, shown and taken in all.

Pure functions of one object. A kind that is served in one version only is shown as it is kept.
"""

from __future__ import annotations

from ..kinds import OLDER, Kind
from ..objects import Object
from . import autoscalers


def shown(obj: Object, kind: Kind) -> Object:
    """A kept object as this version has it."""
    return obj if kind.of is None else autoscalers.older(obj, kind)


def kept(obj: Object, kind: Kind) -> Object:
    """An object of this version as it is kept; what is filled in by default may be missing."""
    return obj if kind.of is None else autoscalers.newer(obj)


def called(kind: Kind, api_version: str) -> Kind:
    """The version of a kind that has this name; one that is not served is read as the one that is kept."""
    return next((one for one in OLDER if (one.of, one.api_version) == (kind.kept, api_version)), kind.kept)


__all__ = ["called", "kept", "shown"]
