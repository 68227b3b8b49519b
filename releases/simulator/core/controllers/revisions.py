"""The history of a StatefulSet's template, kept as ControllerRevisions that anyone can read."""

from __future__ import annotations

import json

from ..kinds import CONTROLLER_REVISION
from ..objects import Object, annotations_of, owner_reference, safe_digest
from ..world import World

HASH = "controller.kubernetes.io/hash"


def all_of(world: World, owner: Object) -> list[Object]:
    """Its revisions, the oldest first."""
    owned = world.store.dependents(owner["metadata"]["uid"])
    return sorted((row for kind, row in owned if kind == CONTROLLER_REVISION), key=lambda row: int(row["revision"]))


def template_of(revision: Object) -> Object:
    template: Object = revision["data"]["spec"]["template"]
    return {key: value for key, value in template.items() if key != "$patch"}


def latest(world: World, owner: Object) -> Object:
    """The revision of the present template: a new one, or an old one come back, which is then the last again."""
    rows = all_of(world, owner)
    highest = int(rows[-1]["revision"]) if rows else 0
    same = next((row for row in rows if template_of(row) == owner["spec"]["template"]), None)
    if same is None:
        return world.create(CONTROLLER_REVISION, _manifest(owner, highest + 1))
    if same is rows[-1]:
        return same
    return world.update(CONTROLLER_REVISION, same, {**same, "revision": highest + 1})


def forget(world: World, owner: Object, *, used: set[str]) -> None:
    """Keep the revisions in use, and of the others as many as ``revisionHistoryLimit`` says."""
    others = [row for row in all_of(world, owner) if row["metadata"]["name"] not in used]
    limit = owner["spec"].get("revisionHistoryLimit", 10)
    for row in others[: max(0, len(others) - limit)]:
        world.delete(CONTROLLER_REVISION, row)


def _manifest(owner: Object, number: int) -> Object:
    meta, template = owner["metadata"], owner["spec"]["template"]
    collisions = owner.get("status", {}).get("collisionCount", 0)
    digest = safe_digest(json.dumps([template, collisions], sort_keys=True).encode(), length=10)
    labels = {**(template.get("metadata", {}).get("labels") or {}), HASH: digest}
    row: Object = {
        "name": f"{meta['name']}-{digest}",
        "namespace": meta["namespace"],
        "labels": labels,
        "ownerReferences": [owner_reference(owner["kind"], owner)],
    }
    if annotations_of(owner):
        row["annotations"] = dict(annotations_of(owner))
    return {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": row,
        "data": {"spec": {"template": {**template, "$patch": "replace"}}},
        "revision": number,
    }
