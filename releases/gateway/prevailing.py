"""Taking back what somebody changed: `managedFields` in which it is Slipway's alone. Pure.

Of what somebody put in the place of ours: removing it and setting ours would be two changes, and would roll instances
twice; some lists may not even be empty in between. An apply, though, removes what only Slipway owned and does not state
any more: one change.

Of what somebody set to the very value that Slipway sets: an apply, forced or not, leaves them an owner of it too, and
whoever sets another value later meets a conflict; and what Slipway does not state any more stays theirs, if they are
not taken out of it before.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from releases.gateway.adopting import without_ours
from releases.gateway.fields import lacking
from releases.gateway.foreign import CONTROLLERS, OURS
from releases.gateway.lost import Place, Rival, held_at, inside_of, key_for
from releases.gateway.ownership import MANAGER, add_to, union

Raw = dict[str, Any]


def claimed(live: Mapping[str, Any], rivals: Sequence[Rival]) -> list[Raw]:
    """Who owns which field from now on: what the rivals have is Slipway's, and nobody else's."""
    entries = [copy.deepcopy(dict(entry)) for entry in live["metadata"].get("managedFields") or []]
    fields: Raw = {}
    for place in sorted({one.place for one in rivals}):
        for entry in entries:
            keys = held_at(entry.get("fieldsV1") or {}, place)
            if keys and len(keys) == len(place) and entry.get("manager") != MANAGER:
                fields = union(fields, _cut(entry["fieldsV1"], keys))
        fields = union(fields, _whole(live, place))
    left = [entry for entry in entries if set(entry.get("fieldsV1") or {}) - {"."}]
    version = next((entry["apiVersion"] for entry in entries if "apiVersion" in entry), live.get("apiVersion"))
    add_to(left, MANAGER, fields, {"apiVersion": version})
    return left


def sole(live: Mapping[str, Any], *, besides: Collection[str] = ()) -> list[Raw] | None:
    """Who owns which field once nobody else has what Slipway has, `besides` the fields of these names; None where that
    is so. What the cluster's own controllers have stays theirs.
    """
    entries = live["metadata"].get("managedFields") or []
    fields: Raw = {}
    for entry in entries:
        if entry.get("manager") in OURS and not entry.get("subresource"):
            fields = union(fields, entry.get("fieldsV1") or {})
    fields = lacking(fields, besides)
    left: list[Raw] = []
    for entry in entries:
        apart = entry.get("manager") in OURS | CONTROLLERS
        left += [dict(entry)] if apart else without_ours([entry], ours=fields)[0]
    return None if left == entries else left


def _cut(fields: Raw, keys: Sequence[str]) -> Raw:
    """Take what stands there out of a `fieldsV1`; the same with all the keys that lead to it."""
    key, *rest = keys
    if not rest:
        return {key: fields.pop(key)}
    cut = _cut(fields[key], rest)
    if not set(fields[key]) - {"."}:
        del fields[key]
    return {key: cut}


def _whole(live: Mapping[str, Any], place: Place) -> Raw:
    """The place itself and, of a row, what it says, in the words of a `fieldsV1`."""
    item: Any = live
    for step in place:
        item = inside_of(item, step)
    at: Raw = {".": {}, **({f"f:{key}": {} for key in item} if place[-1].startswith("[") else {})}
    if at == {".": {}} and not isinstance(item, Mapping):
        at = {}
    for step in reversed(place):
        at = {key_for(step): at}
    return at
