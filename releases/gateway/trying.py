"""Asking whether a cluster would take what `applying` is about to write, without writing anything."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from releases.gateway import adopting
from releases.gateway.applying import ATTEMPTS
from releases.gateway.client import Client
from releases.gateway.fencing import with_marks_of
from releases.gateway.fields import without
from releases.gateway.foreign import is_left, kept_by_others
from releases.gateway.kinds import kind_of
from releases.gateway.lost import rivals
from releases.gateway.one_object import OneObject
from releases.gateway.ownership import MANAGER, handed_over, is_astray, stamped
from releases.gateway.refusals import Outdated, in_the_way
from releases.gateway.stated import stated


def try_apply(
    client: Client,
    manifest: Mapping[str, Any],
    *,
    namespace: str,
    fence: int,
    release: str,
    force: bool,
    left: Mapping[str, str],
) -> None:
    """See `Gateway.try_apply`."""
    kind = kind_of(manifest)
    stamp = partial(stamped, namespace=namespace if kind.namespaced else "", fence=fence, release=release)
    wanted = stamp(manifest)
    target = OneObject(client, kind, str(wanted["metadata"]["name"]), namespace=namespace)
    for _attempt in range(ATTEMPTS):
        live = target.read()
        if live is None or live["metadata"].get("deletionTimestamp"):
            return
        is_lost = is_astray(live, wanted=wanted)
        try:
            if adopting.is_for(live, wanted) and not is_lost:
                adopting.tried(live, wanted, patch=target.patch)
                return
            if not is_lost:
                target.guard(live, fence=fence, wanted=wanted)
            found = rivals(live, stated(manifest))
            if there := [one for one in found if not is_left(one, left)]:
                if force:
                    return  # what goes first cannot be thought away
                raise in_the_way(target.what, there)
            body = stamp(without(manifest, kept_by_others(live, left, found)), whole=manifest)
            # Where `apply` has to settle first who owns what, a conflict would tell nothing yet.
            unsettled = is_lost or handed_over(live["metadata"].get("managedFields") or []) is not None
            body = with_marks_of(live, body)  # `apply` takes those back first
            target.patch(live, body, manager=MANAGER, force=force or unsettled, dry_run=True)
            return
        except Outdated:
            continue
    raise target.restless()
