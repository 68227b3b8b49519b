"""When the fence of an object stops a writer: when it is higher, and was given out.

A fence is given out in the database before anything is written with it. One that is higher than every fence of its app
was written by somebody else, or has outlived a database that was put back to an earlier day: no release stands behind
it, and it stops nobody. The database is asked after the object was read, so a fence that is on its way is known there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from releases.gateway.client import Client
from releases.gateway.fields import names_in
from releases.gateway.foreign import OURS
from releases.gateway.ownership import DIGEST, FENCE, MARKS, OWN, fence_of
from releases.gateway.refusals import fence_lost
from releases.gateway.stated import FIELDS

_NOTES = (FENCE, DIGEST, FIELDS)


def refuse_newer(client: Client, live: Mapping[str, Any], *, fence: int, what: str) -> None:
    """Raises FenceLost for what carries a higher fence of a release of the app."""
    found = fence_of(live)
    if found > fence and (client.newest_fence is None or found <= client.newest_fence()):
        raise fence_lost(what, cluster=client.cluster)


def marks_taken(live: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What to write into labels and annotations of Slipway's own of which some belong to another manager and are in the
    way: `{labels, annotations}`, blank if none is. Those of `MARKS`, by which an object is known, are none of it.

    Nobody else has any use for them, so they are no conflict to be decided. The digest is made empty: whatever else the
    other one wrote, the object does not count as applied any more.
    """
    entries = live["metadata"].get("managedFields") or []
    others = {name for one in entries if one.get("manager") not in OURS for name in names_in(one.get("fieldsV1") or {})}
    found: dict[str, dict[str, str]] = {}
    for block in ("labels", "annotations"):
        have, want = (item["metadata"].get(block) or {} for item in (live, wanted))
        taken = [key for key in want if key.startswith(OWN) and f".metadata.{block}.{key}" in others]
        # What has the very value that is written is in nobody's way.
        found[block] = {key: want[key] for key in taken if key not in MARKS and have.get(key) != want[key]}
        if block == "annotations":
            found[block] |= {key: "" for key in _NOTES if f".metadata.{block}.{key}" in others}
    if not any(found.values()):
        return {}
    return {
        **found,
        "annotations": {**found["annotations"], FENCE: wanted["metadata"]["annotations"][FENCE], DIGEST: ""},
    }


def with_marks_of(live: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The same with the labels and annotations of Slipway's own as they are on the object: then they meet nobody."""
    metadata = dict(wanted["metadata"])
    for block in ("labels", "annotations"):
        have = live["metadata"].get(block) or {}
        metadata[block] = {
            key: have.get(key, one) if key.startswith(OWN) else one for key, one in metadata[block].items()
        }
    return {**wanted, "metadata": metadata}
