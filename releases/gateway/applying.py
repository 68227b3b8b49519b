"""Creating and changing one object so that it happens once, by the newest release only, and never undoes a deletion.

First a POST, later server-side apply with the uid and resourceVersion that were just read: whatever happens between
reading and writing makes the API server refuse, and everything is looked at again. What the POST owns is taken over at
once, so that every later release is one write per object.

The fence stands in the objects, so it says nothing where there is none: a late creation would bring back what a newer
release has removed. Whoever creates therefore asks whether it is outranked right before, and again when the object is
there: whatever outranks it in between either sees the object, or is seen here and the object goes again.

Within one release the fence stays the same while an instance count goes down and up again. Whoever sets one asks
whether it is still due, after reading and before writing: what is done later makes the write too old.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from portal.errors import PlatformError
from releases.gateway import adopting
from releases.gateway.client import APPLY, JSON_PATCH, MERGE_PATCH, Client, object_path
from releases.gateway.errors import FieldConflict, StillThere
from releases.gateway.fields import without
from releases.gateway.foreign import kept_by_others
from releases.gateway.kinds import Kind, kind_of
from releases.gateway.ownership import (
    APP_ID,
    MANAGER,
    REPLICAS_MANAGER,
    fence_of,
    handed_over,
    is_adopted,
    is_ours,
    owns_replicas,
    stamped,
)
from releases.gateway.ownership import same_stamp as unchanged
from releases.gateway.refusals import Absent, AlreadyThere, Outdated, fence_lost, vanished
from releases.gateway.removing import remove

ATTEMPTS = 6
# The API server gives a creation up before we stop waiting for it, so what seems to have failed is not made afterwards.
SERVER_TIMEOUT = "8s"
# Its scaling speaks for the autoscaler that Slipway itself created; anybody else's is a conflict to be told.
_AUTOSCALER = "kube-controller-manager"

Raw = dict[str, Any]


@dataclass(frozen=True)
class Applied:
    """What a write did. `changed` is true for a creation too; `generation` rises with each change of the spec.

    `taken_from` names who else had fields of an object that was taken over.
    """

    created: bool
    changed: bool
    uid: str
    resource_version: str
    generation: int
    taken_from: tuple[str, ...] = ()


def apply(
    client: Client,
    manifest: Mapping[str, Any],
    *,
    namespace: str,
    fence: int,
    release: str,
    outranked: Callable[[], bool],
    replicas: int | None,
    uid: str,
    force: bool,
    left: Mapping[str, str],
) -> Applied:
    """See `Gateway.apply`."""
    kind = kind_of(manifest)
    stamp = partial(stamped, namespace=namespace if kind.namespaced else "", fence=fence, release=release)
    wanted = stamp(manifest)
    target = _Target(client, kind, str(wanted["metadata"]["name"]), namespace=namespace, uid=uid)
    created = False
    for _attempt in range(ATTEMPTS):
        live = target.read()
        try:
            if live is None:
                live = target.create(wanted, fence=fence, replicas=replicas, outranked=outranked)
                created = True
            elif adopting.is_for(live, wanted):
                return target.adopt(live, wanted, fence=fence)
            else:
                target.guard(live, fence=fence, app_id=(wanted["metadata"]["labels"] or {}).get(APP_ID, ""))
            live = target.take_over(live)
            wanted = stamp(without(manifest, kept_by_others(live, left)))
            if unchanged(live, wanted):
                return applied(live, created=created)
            return applied(target.patch(live, wanted, manager=MANAGER, force=force), created=created, before=live)
        except (Outdated, AlreadyThere):
            continue
    raise target.restless()


def rehearse(client: Client, manifest: Mapping[str, Any], *, namespace: str) -> adopting.Rehearsed:
    """See `Gateway.rehearse`."""
    kind = kind_of(manifest)
    wanted = stamped(manifest, namespace=namespace, fence=0, release="0")
    target = _Target(client, kind, str(wanted["metadata"]["name"]), namespace=namespace)
    for _attempt in range(ATTEMPTS):
        live = target.read()
        if live is None:
            raise vanished(target.what)
        try:
            return adopting.rehearsed(live, target.patch(live, wanted, manager=MANAGER, force=True, dry_run=True))
        except Outdated:
            continue
    raise target.restless()


def let_go(client: Client, kind: Kind, name: str, *, namespace: str, app_id: str, fence: int) -> bool:
    """See `Gateway.let_go`."""
    target = _Target(client, kind, name, namespace=namespace)
    for _attempt in range(ATTEMPTS):
        live = target.read()
        if live is None or not (is_ours(live, app_id=app_id) and is_adopted(live)):
            return False
        target.refuse_late(live, fence=fence)
        try:
            target.unmark(target.set_managers(live, adopting.others(live) or [{}]))
        except Outdated:
            continue
        return True
    raise target.restless()


def set_replicas(
    client: Client,
    kind: Kind,
    name: str,
    *,
    namespace: str,
    replicas: int,
    fence: int | None,
    overtaken: Callable[[], bool],
    force: bool,
) -> Applied:
    """See `Gateway.set_replicas`."""
    target = _Target(client, kind, name, namespace=namespace)
    body = {"apiVersion": kind.api_version, "kind": kind.kind, "spec": {"replicas": replicas}}
    for _attempt in range(ATTEMPTS):
        live = target.read()
        if live is None:
            raise vanished(target.what)
        target.guard(live, fence=fence_of(live) if fence is None else fence)
        try:
            live = target.take_over(live)
            if owns_replicas(live) and (live.get("spec") or {}).get("replicas") == replicas:
                return applied(live)
            return applied(_scaled(target, live, body, overtaken, force=force), before=live)
        except Outdated:
            continue
    raise target.restless()


def _scaled(target: _Target, live: Raw, body: Raw, overtaken: Callable[[], bool], *, force: bool) -> Raw:
    if overtaken():
        raise fence_lost(target.what, cluster=target.client.cluster)
    try:
        return target.patch(live, body, manager=REPLICAS_MANAGER, force=force)
    except FieldConflict as conflict:
        if set(conflict.managers) - {_AUTOSCALER}:
            raise
    return target.patch(live, body, manager=REPLICAS_MANAGER, force=True)


def applied(live: Raw, *, created: bool = False, before: Raw | None = None) -> Applied:
    metadata = live["metadata"]
    version = str(metadata.get("resourceVersion", ""))
    return Applied(
        created=created,
        changed=created or (before is not None and before["metadata"].get("resourceVersion") != version),
        uid=str(metadata.get("uid", "")),
        resource_version=version,
        generation=int(metadata.get("generation") or 0),
    )


class _Target:
    """One object over several tries: once its uid is known, another object of the same name is another object."""

    def __init__(self, client: Client, kind: Kind, name: str, *, namespace: str, uid: str = "") -> None:
        self.client, self.kind, self.name = client, kind, name
        self.namespace = namespace if kind.namespaced else ""
        self.what = f"{kind.kind} {name}"
        self.uid = uid
        self._path = object_path(kind, name, namespace=self.namespace)

    def read(self) -> Raw | None:
        live = self.client.find(self.kind, self.name, namespace=self.namespace)
        found = str(live["metadata"].get("uid", "")) if live else ""
        if self.uid and found != self.uid:
            raise vanished(self.what)
        self.uid = found
        return live

    def adopt(self, live: Raw, wanted: Raw, *, fence: int) -> Applied:
        """Take over what somebody else made. Raises what `guard` and `adopting.take` raise."""
        self.refuse_late(live, fence=fence)
        after, managers = adopting.take(live, wanted, patch=self.patch, set_managers=self.set_managers)
        return replace(applied(after, before=live), taken_from=managers)

    def guard(self, live: Raw, *, fence: int, app_id: str = "") -> None:
        """Raises FenceLost, FieldConflict for what is not ours, StillThere for what is on its way out."""
        self.refuse_late(live, fence=fence)
        if not is_ours(live, app_id=app_id):
            managers = sorted({str(entry.get("manager")) for entry in live["metadata"].get("managedFields") or []})
            raise FieldConflict(
                _("Cluster {cluster} has a {what} that does not belong to this app. Remove or rename it.").format(
                    cluster=self.client.cluster, what=self.what
                ),
                managers=managers,
            )

    def refuse_late(self, live: Raw, *, fence: int) -> None:
        """Raises FenceLost, and StillThere for what is on its way out."""
        if fence_of(live) > fence:
            raise fence_lost(self.what, cluster=self.client.cluster)
        if live["metadata"].get("deletionTimestamp"):
            raise StillThere(
                _("{what} on cluster {cluster} is still being removed. It is tried again.").format(
                    what=self.what, cluster=self.client.cluster
                )
            )

    def create(self, wanted: Raw, *, fence: int, replicas: int | None, outranked: Callable[[], bool]) -> Raw:
        """Make the object, unless a newer release has begun; what it made too late, it removes again."""
        if outranked():
            raise fence_lost(self.what, cluster=self.client.cluster)
        body = (
            {**wanted, "spec": {**(wanted.get("spec") or {}), "replicas": replicas}} if replicas is not None else wanted
        )
        made = self._post(body)
        self.uid = str(made["metadata"].get("uid", ""))
        if outranked():
            remove(self.client, self.kind, made, namespace=self.namespace, fence=fence)
            raise fence_lost(self.what, cluster=self.client.cluster)
        return made

    def _post(self, body: Raw) -> Raw:
        path = object_path(self.kind, "", namespace=self.namespace)
        query = [("fieldManager", MANAGER), ("timeout", SERVER_TIMEOUT)]
        try:
            return self.client.json("POST", path, what=self.what, query=query, body=body)
        except Absent:
            raise PlatformError(
                _(
                    "Cluster {cluster} lacks the namespace {namespace} or the kind {kind}. It has to be set up first."
                ).format(cluster=self.client.cluster, namespace=self.namespace or "-", kind=self.kind.kind)
            ) from None

    def take_over(self, live: Raw) -> Raw:
        """Turn what a POST of ours owns into what applies of ours own, once; see `ownership`."""
        entries = handed_over(live["metadata"].get("managedFields") or [])
        return live if entries is None else self.set_managers(live, entries)

    def set_managers(self, live: Raw, entries: list[Raw]) -> Raw:
        """Write who owns which field."""
        metadata = live["metadata"]
        operations = [
            {"op": "replace", "path": "/metadata/managedFields", "value": entries},
            {"op": "replace", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]},
        ]
        return self._patch(operations, content_type=JSON_PATCH, query=[("fieldManager", MANAGER)])

    def patch(self, live: Raw, wanted: Raw, *, manager: str, force: bool = False, dry_run: bool = False) -> Raw:
        metadata = live["metadata"]
        exact = {"name": self.name, "uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
        body = {**wanted, "metadata": {**(wanted.get("metadata") or {}), **exact}}
        query = [("fieldManager", manager), ("force", "true" if force else "false")]
        query += [("dryRun", "All")] if dry_run else []
        return self._patch(body, content_type=APPLY, query=query)

    def unmark(self, live: Raw) -> Raw:
        """Take Slipway's marks off the object."""
        body, query = adopting.without_marks(live), [("fieldManager", MANAGER)]
        return self._patch(body, content_type=MERGE_PATCH, query=query)

    def restless(self) -> PlatformError:
        return PlatformError(
            _("{what} on cluster {cluster} keeps changing while Slipway writes to it. It is tried again.").format(
                what=self.what, cluster=self.client.cluster
            )
        )

    def _patch(self, body: Any, *, content_type: str, query: list[tuple[str, str]]) -> Raw:
        try:
            return self.client.json(
                "PATCH", self._path, what=self.what, query=query, body=body, content_type=content_type
            )
        except Absent:
            raise vanished(self.what) from None
