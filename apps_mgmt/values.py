"""The frozen values that operations on an app and on a tenant work on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from apps_mgmt.spec import AppSpec


@dataclass(frozen=True)
class AppRecord:
    """What RECORD operations change: the facts around an app that are not released."""

    title: str = ""
    description: str = ""
    colour: str = ""
    locked_reason: str = ""

    def change(self, **changes: Any) -> AppRecord:
        return replace(self, **changes)


@dataclass(frozen=True)
class AppFacts:
    """What NOW operations look at. `deployed` holds (cluster, revision number), `clusters` those the tenant may use.

    `releasing`: a release is under way.
    """

    name: str
    tenant: str
    version: int
    spec: AppSpec
    draft_revision: int
    locked_reason: str = ""
    deployed: tuple[tuple[str, int], ...] = ()
    clusters: tuple[str, ...] = ()
    deleted: bool = False
    releasing: bool = False


@dataclass(frozen=True)
class NewApp:
    """An app about to be created."""

    name: str
    title: str
    spec: AppSpec
    description: str = ""


@dataclass(frozen=True)
class TenantValue:
    """What tenant-level operations change: `new` is the app an operation adds to those there are."""

    name: str
    apps: frozenset[str] = frozenset()
    clusters: tuple[str, ...] = ()
    new: NewApp | None = None

    def with_app(self, new: NewApp) -> TenantValue:
        return replace(self, new=new)
