"""Creating and changing one object so that it happens once, by the newest release only, and never undoes a deletion.

First a POST, later server-side apply with the uid and resourceVersion that were just read: whatever happens between
reading and writing makes the API server refuse, and everything is looked at again. What the POST owns is taken over at
once, so that every later release is one write per object.

The fence stands in the objects, so it says nothing where there is none: a late creation would bring back what a newer
release has removed, a late takeover would take what was given back. Whoever does either asks right before whether it is
outranked. Whoever creates asks again when the object is there: whatever outranks it in between either sees the object,
or is seen here and the object goes again.

Within one release the fence stays the same while an instance count goes down and up again, an object takes another
form, or a second track comes and goes. Whoever writes asks whether it is still due, after reading and before writing:
what is done later makes the write too old. A creation is too late only when it was removed again while it was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from releases.gateway import adopting
from releases.gateway.client import Client
from releases.gateway.errors import FieldConflict
from releases.gateway.fields import without
from releases.gateway.foreign import additions, is_left, kept_by_others
from releases.gateway.kinds import WORKLOADS, Kind, kind_named, kind_of
from releases.gateway.lost import rivals
from releases.gateway.one_object import Applied, OneObject, Raw, applied
from releases.gateway.ownership import (
    MANAGER,
    REPLICAS_MANAGER,
    fence_of,
    is_adopted,
    is_astray,
    is_ours,
    owns_replicas,
    stamped,
    was_adopted,
)
from releases.gateway.ownership import same_stamp as unchanged
from releases.gateway.pruning import configuration_of
from releases.gateway.reading import scaler_of_others
from releases.gateway.refusals import AlreadyThere, Outdated, fence_lost, vanished
from releases.gateway.stated import stated
from releases.scaled import AUTOSCALER

ATTEMPTS = 6


def apply(
    client: Client,
    manifest: Mapping[str, Any],
    *,
    namespace: str,
    fence: int,
    release: str,
    outranked: Callable[[], bool],
    overtaken: Callable[[], bool],
    replicas: int | None,
    then: int | None,
    uid: str,
    force: bool,
    left: Mapping[str, str],
) -> Applied:
    """See `Gateway.apply`."""
    kind = kind_of(manifest)
    stamp = partial(stamped, namespace=namespace if kind.namespaced else "", fence=fence, release=release)
    wanted = stamp(manifest)
    target = OneObject(client, kind, str(wanted["metadata"]["name"]), namespace=namespace, uid=uid)
    created = False
    for _attempt in range(ATTEMPTS):
        live = target.read()
        try:
            if live is None:
                live = target.create(wanted, fence=fence, replicas=replicas, outranked=outranked, overtaken=overtaken)
                created = True
            elif adopting.is_for(live, wanted) and not is_astray(live, wanted=wanted):
                # What was given back carries no fence any more.
                if outranked() or overtaken():
                    raise fence_lost(target.what, cluster=client.cluster)
                return target.adopt(live, wanted, fence=fence)
            else:
                live = target.call_back(live, wanted, fence=fence)
                target.guard(live, fence=fence, wanted=wanted)
            live = target.take_over(live)
            in_the_way = rivals(live, stated(manifest))
            kept = kept_by_others(live, left, in_the_way)
            wanted = stamp(without(manifest, kept), whole=manifest)
            if unchanged(live, wanted):
                return applied(target.alone(live) if force else live, created=created)
            if overtaken():
                raise fence_lost(target.what, cluster=client.cluster)
            if then is not None:
                _refuse_kept(target, live, then)
            # Of what others added, nothing is in the way; whoever prevails takes it out.
            more = additions(live, stated(manifest)) if force and kind.kind in WORKLOADS else []
            if there := [one for one in (*in_the_way, *more) if not is_left(one, left)]:
                live = target.prevail(live, there, force=force)
            if force:
                # Before, too: what is not stated any more would stay with whoever else has it.
                live = target.alone(live, besides=kept)
            after = target.patch(live, wanted, manager=MANAGER, force=force)
            return applied(target.alone(after) if force else after, created=created, before=live)
        except (Outdated, AlreadyThere):
            continue
    raise target.restless()


def rehearse(client: Client, manifest: Mapping[str, Any], *, namespace: str) -> adopting.Rehearsed:
    """See `Gateway.rehearse`."""
    kind = kind_of(manifest)
    wanted = stamped(manifest, namespace=namespace, fence=0, release="0")
    target = OneObject(client, kind, str(wanted["metadata"]["name"]), namespace=namespace)
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
    target = OneObject(client, kind, name, namespace=namespace)
    for _attempt in range(ATTEMPTS):
        live = target.read()
        if live is None or not (
            (is_ours(live, app_id=app_id) and is_adopted(live)) or was_adopted(live, app_id=app_id)
        ):
            return False
        target.refuse_late(live, fence=fence)
        # First what it reads: once the workload is not marked any more, nobody would know that this is in use.
        for other, called in sorted(configuration_of(kind.kind, live)):
            _let_go_configuration(client, kind_named(other), called, namespace=namespace, app_id=app_id, fence=fence)
        try:
            # While the marks are there, and before it is said who owns what: whoever writes a note has it.
            live = target.note(live)
            target.unmark(target.set_managers(live, adopting.others(live) or [{}]))
        except Outdated:
            continue
        return True
    raise target.restless()


def _let_go_configuration(client: Client, kind: Kind, name: str, *, namespace: str, app_id: str, fence: int) -> None:
    """What a workload reads that is given back stays beside it, if Slipway made it for this app."""
    target = OneObject(client, kind, name, namespace=namespace)
    for _attempt in range(ATTEMPTS):
        live = target.read()
        if live is None or not is_ours(live, app_id=app_id):
            return
        target.refuse_late(live, fence=fence)
        try:
            target.unmark(target.set_managers(live, adopting.others(live) or [{}]))
        except Outdated:
            continue
        return
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
    target = OneObject(client, kind, name, namespace=namespace)
    body = {"apiVersion": kind.api_version, "kind": kind.kind, "spec": {"replicas": replicas}}
    for _attempt in range(ATTEMPTS):
        live = target.read()
        if live is None:
            raise vanished(target.what)
        target.guard(live, fence=fence_of(live) if fence is None else fence)
        try:
            live = target.take_over(live)
            before, kept_by = live, ""
            if not (owns_replicas(live) and (live.get("spec") or {}).get("replicas") == replicas):
                live, kept_by = _scaled(target, live, body, overtaken, force=force)
            return replace(applied(target.alone(live) if force else live, before=before), kept_by=kept_by)
        except Outdated:
            continue
    raise target.restless()


def _refuse_kept(target: OneObject, live: Raw, number: int) -> None:
    """Raise FieldConflict where somebody who is no autoscaler has set another number of instances than this."""
    if owns_replicas(live) or (live.get("spec") or {}).get("replicas") == number:
        return
    body = {"apiVersion": target.kind.api_version, "kind": target.kind.kind, "spec": {"replicas": number}}
    try:
        target.patch(live, body, manager=REPLICAS_MANAGER, dry_run=True)
    except FieldConflict as conflict:
        if set(conflict.managers) - {AUTOSCALER}:
            raise


def _scaled(target: OneObject, live: Raw, body: Raw, overtaken: Callable[[], bool], *, force: bool) -> tuple[Raw, str]:
    """The workload as it is then, and who goes on to set its number, where that stays as it was."""
    if overtaken():
        raise fence_lost(target.what, cluster=target.client.cluster)
    try:
        return target.patch(live, body, manager=REPLICAS_MANAGER, force=force), ""
    except FieldConflict as conflict:
        if set(conflict.managers) - {AUTOSCALER}:
            raise
    # An autoscaler of Slipway's own, or one that is gone, gives way. One of somebody else goes on to set the number: to
    # write another one in between would only take instances away. At none at all it does nothing, so that counts.
    if body["spec"]["replicas"] and scaler_of_others(
        target.client, target.kind.kind, target.name, namespace=target.namespace
    ):
        return live, AUTOSCALER
    return target.patch(live, body, manager=REPLICAS_MANAGER, force=True), ""
