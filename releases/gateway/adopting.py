"""Taking over an object that somebody else made, so that nothing it runs changes and nobody else goes on owning it.

First it is tried without effect. Only where the cluster says that the template stays what it is does anything happen:
the fields that Slipway writes are taken from whoever has them (the rest stays theirs), then Slipway writes them. Killed
in between, the next try does the same again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from portal.errors import Refused
from releases.gateway.ownership import (
    APP_ID,
    MADE_ANEW,
    MANAGED_BY,
    MANAGER,
    REPLICAS_MANAGER,
    adopts,
    is_made_for,
    made_for,
)

Raw = dict[str, Any]
REPLICAS: Mapping[str, Any] = {"f:spec": {"f:replicas": {}}}
MOST_NAMED = 10
OURS = "slipway.dev/"


@dataclass(frozen=True)
class Rehearsed:
    """What taking an object over would do: the paths of its template that would change, and who loses fields."""

    differs: tuple[str, ...]
    managers: tuple[str, ...]


class TemplateChanges(Refused):
    """What runs is not, or no longer, what was looked at: instances would start anew."""

    default_code = "template_changes"


def is_for(live: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether the manifest is to take over this very object, or what Slipway once made in its place, which belongs to
    no app of Slipway.
    """
    labels = live["metadata"].get("labels") or {}
    asked = adopts(wanted) if "metadata" in wanted else ""
    free = not (labels.get(MANAGED_BY) == MANAGER and labels.get(APP_ID))
    return bool(asked) and (asked == live["metadata"].get("uid") or is_made_for(live, asked)) and free


def rehearsed(live: Raw, tried: Raw) -> Rehearsed:
    """From the object as it is and as the cluster says it would be."""
    templates = [(one.get("spec") or {}).get("template") or {} for one in (live, tried)]
    _left, managers = without_ours(live["metadata"].get("managedFields") or [], ours=_ours(tried))
    return Rehearsed(differs=tuple(differing(*templates, at="spec.template")), managers=managers)


def take(
    live: Raw, wanted: Raw, *, patch: Callable[..., Raw], set_managers: Callable[..., Raw]
) -> tuple[Raw, tuple[str, ...]]:
    """The object after Slipway wrote into it, and who lost fields. Raises TemplateChanges, with nothing written.

    `patch` applies with force, `dry_run` or not; `set_managers` writes `metadata.managedFields`.
    """
    after = tried(live, wanted, patch=patch)
    entries = live["metadata"].get("managedFields") or []
    # Where nobody says what is theirs, the first apply makes an owner up, who would have the number of instances.
    made_up = [] if entries else [one for one in after["metadata"].get("managedFields") or [] if not _is_own(one)]
    left, managers = without_ours([*entries, *made_up], ours=_ours(after))
    if managers:
        live = set_managers(live, [*left, _owned_from_now(after)])
    return patch(live, wanted, manager=MANAGER, force=True), managers if entries else ()


def tried(live: Raw, wanted: Raw, *, patch: Callable[..., Raw]) -> Raw:
    """The object as the cluster says it would be. Raises TemplateChanges where its instances would start anew."""
    after = patch(live, wanted, manager=MANAGER, force=True, dry_run=True)
    if differs := rehearsed(live, after).differs:
        raise changed(str(live["metadata"]["name"]), differs)
    return after


def without_marks(live: Mapping[str, Any]) -> Raw:
    """The patch that takes Slipway's labels and annotations off an object, but for what `note_of` has."""
    metadata = live["metadata"]
    labels = {key: None for key in metadata.get("labels") or {} if key.startswith(OURS)}
    if (metadata.get("labels") or {}).get(MANAGED_BY) == MANAGER:
        labels[MANAGED_BY] = None
    notes: Raw = {key: None for key in metadata.get("annotations") or {} if key.startswith(OURS)}
    notes |= note_of(live)
    exact = {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
    return {"metadata": {**exact, "labels": labels, "annotations": notes}}


def note_of(live: Mapping[str, Any]) -> dict[str, str]:
    """The annotation that stays with what Slipway made in place of one that was taken over: by its uid alone nobody
    would know it again. Blank for anything else.
    """
    asked = adopts(live)
    return {MADE_ANEW: made_for(live, asked)} if asked not in ("", live["metadata"]["uid"]) else {}


def others(live: Mapping[str, Any]) -> list[Raw]:
    """Who owns which field, without Slipway."""
    entries = live["metadata"].get("managedFields") or []
    return [dict(entry) for entry in entries if entry.get("manager") not in (MANAGER, REPLICAS_MANAGER)]


def changed(name: str, differs: Sequence[str]) -> TemplateChanges:
    """The error that names what would change."""
    sentence = _(
        "Taking over {name} would change {fields}, so its instances would start anew. Of {name} nothing was changed. "
        "Look at it and try again."
    )
    return TemplateChanges(sentence.format(name=name, fields=", ".join(differs[:MOST_NAMED])))


def without_ours(entries: Sequence[Mapping[str, Any]], *, ours: Mapping[str, Any]) -> tuple[list[Raw], tuple[str, ...]]:
    """(entries of the managers without the fields that are ours, names of those who lost some)."""
    left, losers = [], []
    for entry in entries:
        fields = entry.get("fieldsV1") or {}
        rest = fields if _keeps(entry) else _minus(fields, ours)
        if rest != fields:
            losers.append(str(entry.get("manager", "")))
        if rest:
            left.append({**entry, "fieldsV1": rest})
    return left, tuple(dict.fromkeys(losers))


def differing(one: Any, other: Any, *, at: str) -> list[str]:
    """The paths at which two values differ."""
    if one == other:
        return []
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        keys = sorted({*one, *other})
        return [path for key in keys for path in differing(one.get(key), other.get(key), at=f"{at}.{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [path for index, (left, right) in pairs for path in differing(left, right, at=f"{at}[{index}]")]
    return [at]


def _owned_from_now(tried: Mapping[str, Any]) -> Raw:
    """Slipway's entry while it has not written yet: an object that nobody owned would get an owner for all of it."""
    entry = next(one for one in tried["metadata"]["managedFields"] if _is_own(one))
    fields = {key: value for key, value in entry["fieldsV1"].items() if key == "f:spec"}
    return {**entry, "fieldsV1": fields}


def _is_own(entry: Mapping[str, Any]) -> bool:
    return entry.get("manager") == MANAGER and entry.get("operation") == "Apply"


def _ours(tried: Mapping[str, Any]) -> Mapping[str, Any]:
    """What Slipway would own, and the number of instances, which it sets right after."""
    entries = tried["metadata"].get("managedFields") or []
    own = [one for one in entries if _is_own(one)]
    fields: Mapping[str, Any] = own[0].get("fieldsV1") or {} if own else {}
    return {**fields, "f:spec": {**fields.get("f:spec", {}), **REPLICAS["f:spec"]}}


def _keeps(entry: Mapping[str, Any]) -> bool:
    """Whoever writes the status has no field that Slipway writes; and Slipway keeps its own."""
    return entry.get("subresource") == "status" or entry.get("manager") == MANAGER


def _minus(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    left: dict[str, Any] = {}
    for key, inside in theirs.items():
        if key not in ours:
            left[key] = inside
        elif inside and ours[key] and set(rest := _minus(inside, ours[key])) - {"."}:
            # To have a thing itself (".") means nothing where all that is in it is somebody else's.
            left[key] = rest
    return left
