"""The frozen values that operations on an app and on a tenant work on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from apps_mgmt.spec import AppSpec


@dataclass(frozen=True)
class Left:
    """A field of an object on a cluster that somebody chose to leave to another manager there.

    `object` is its key (`Kind/name`), `field` the cluster's name for it; `by` says who chose so, `at` when (ISO 8601).
    """

    cluster: str
    object: str
    field: str
    manager: str
    by: str = ""
    at: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        return self.cluster, self.object, self.field


@dataclass(frozen=True)
class Forbidden:
    """A revision that may not be released again, by number and digest, and with which release it was found wanting.

    Whatever has its digest is the same. `by` says who forbade it, `at` when (ISO 8601).
    """

    revision: int
    digest: str
    release: int
    reason: str
    by: str = ""
    at: str = ""


@dataclass(frozen=True)
class AppRecord:
    """What RECORD operations change: the facts around an app that are not released.

    `grants` are pairs of user name and role: who may do more with this app than their role in the tenant says.
    """

    title: str = ""
    description: str = ""
    colour: str = ""
    locked_reason: str = ""
    left: tuple[Left, ...] = ()
    forbidden: tuple[Forbidden, ...] = ()
    grants: tuple[tuple[str, str], ...] = ()

    def change(self, **changes: Any) -> AppRecord:
        return replace(self, **changes)

    def columns(self) -> dict[str, Any]:
        """The values as the columns of the app's row hold them."""
        plain = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "grants"}
        lists = {name: [asdict(one) for one in plain[name]] for name in ("left", "forbidden")}
        return plain | lists


def load_left(rows: Iterable[Mapping[str, str]]) -> tuple[Left, ...]:
    """What the column of the app's row holds."""
    return tuple(Left(**row) for row in rows)


def load_forbidden(rows: Iterable[Mapping[str, Any]]) -> tuple[Forbidden, ...]:
    """What the column of the app's row holds."""
    return tuple(Forbidden(**row) for row in rows)


@dataclass(frozen=True)
class AppFacts:
    """What NOW operations look at. `deployed` holds (cluster, revision number), `clusters` those the tenant may use.

    `releasing`: a release is under way. `running`: the processes of what is deployed, on whichever cluster. `stopped`:
    on which of these clusters it was stopped. `queued`: a release waits for its turn. `half_stopped`: the last one was
    to stop or to start it, and failed. `keeps`: the volumes in which it keeps data, as deployed. `failed`: the number
    of the last release where that failed, else 0.
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
    running: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    queued: bool = False
    keeps: tuple[str, ...] = ()
    half_stopped: bool = False
    failed: int = 0

    @property
    def is_stopped(self) -> bool:
        """Whether it was stopped everywhere."""
        return bool(self.deployed) and len(self.stopped) == len(self.deployed)


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
