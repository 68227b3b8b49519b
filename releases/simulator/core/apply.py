"""Server-side apply: conflicts, merge by shape, and removal of what its last owner no longer states."""

from __future__ import annotations

from typing import Any

from . import errors, versions
from .errors import Cause
from .fields import (
    Path,
    child_schema,
    differing,
    duplicates,
    field_set,
    is_granular,
    members,
    owned_only,
    removed_at,
    show,
    with_parents,
    with_structs,
)
from .kinds import Kind
from .objects import Object
from .ownership import APPLY, BEFORE_APPLY, UPDATE, Owner, Share, Shares, read, since, write
from .schema import ListOf, Schema, schema_of


def merge(live: Any, config: Any, schema: Schema) -> Any:
    """``config`` laid over ``live``: granular maps and map lists member by member, everything else whole."""
    if not (is_granular(live, schema) and is_granular(config, schema) and type(live) is type(config)):
        return config
    if isinstance(live, dict):
        merged = dict(live)
        for key, item in config.items():
            merged[key] = merge(live[key], item, child_schema(schema, key)) if key in live else item
        return merged
    return _merge_rows(live, config, schema) if isinstance(schema, ListOf) else config


def _merge_rows(live: list[Any], config: list[Any], schema: ListOf) -> list[Any]:
    """Rows in the order of ``config``, with the rows only ``live`` has kept where they stood."""
    present = {step: item for step, item, _ in members(live, schema)}
    wanted = [(step, item) for step, item, _ in members(config, schema)]
    names = {step for step, _ in wanted}
    merged: list[Any] = []
    place = 0
    for step, item, _ in members(live, schema):
        if step not in names:
            merged.append(item)
        elif place < len(wanted):
            merged.append(_row(present, wanted[place], schema))
            place += 1
    merged += [_row(present, row, schema) for row in wanted[place:]]
    return merged


def _row(present: dict[str, Any], row: tuple[str, Any], schema: ListOf) -> Any:
    step, item = row
    return merge(present[step], item, schema.item) if step in present else item


def faults(config: Object, schema: Schema) -> list[str]:
    """Why a configuration cannot be merged, in sentences: its lists have rows of one key."""
    found = dict.fromkeys(duplicates(config, schema))
    return [f"{show(path)}: duplicate entries for key {show((step,))}" for path, step in found]


def _manager_words(owner: Owner, share: Share, *, scaling: bool) -> str:
    """Who scales is told of numbers in the version of a Scale."""
    words = f'"{owner.manager}"'
    if owner.subresource:
        words += f' with subresource "{owner.subresource}"'
    if owner.operation == UPDATE:
        words += f" using {'autoscaling/v1' if scaling else share.api_version}"
    return words


def _conflicts(
    live: Object, config: Object, kind: Kind, stated: set[Path], others: Shares, *, scaling: bool
) -> list[tuple[str, Path]]:
    """What others own and have at another value: told in the version that each of them has written in."""
    different = differing(versions.shown(live, kind), config, schema_of(kind)) & stated
    found = []
    for owner, share in others.items():
        form = versions.called(kind, share.api_version)
        theirs = different if form == kind else _elsewhere(live, config, kind, form)
        words = _manager_words(owner, share, scaling=scaling)
        found += [(words, path) for path in sorted(theirs & share.paths)]
    return found


def _elsewhere(live: Object, config: Object, kind: Kind, form: Kind) -> set[Path]:
    """The paths of another version at which an object would differ."""
    before = versions.shown(live, kind)
    after = merge(before, config, schema_of(kind))
    was, will = (versions.shown(versions.kept(one, kind), form) for one in (before, after))
    return differing(was, will, schema_of(form))


def _refuse(conflicts: list[tuple[str, Path]]) -> errors.ApiError:
    causes = [Cause(show(path), "FieldManagerConflict", f"conflict with {words}") for words, path in conflicts]
    if len(conflicts) == 1:
        words, path = conflicts[0]
        return errors.manager_conflict(f"Apply failed with 1 conflict: conflict with {words}: {show(path)}", causes)
    lines: list[str] = []
    for words in sorted({words for words, _ in conflicts}):
        lines.append(f"conflicts with {words}:")
        lines += [f"- {show(path)}" for other, path in conflicts if other == words]
    return errors.manager_conflict(f"Apply failed with {len(conflicts)} conflicts: " + "\n".join(lines), causes)


def apply(
    live: Object, config: Object, kind: Kind, *, owner: Owner, force: bool, time: str
) -> tuple[Object, list[dict[str, Any]]]:
    """``(merged object, its managedFields)``; 409 when another owner holds a field at another value.

    ``live`` is as it is kept, and an empty shell (``apiVersion``, ``kind``, ``metadata``) for an object that does not
    exist yet; the configuration and what comes of it are in the version of ``kind``.
    """
    schema, api_version = schema_of(kind), kind.api_version
    status = owner.subresource == "status"
    whole = field_set(config, schema)
    stated = owned_only(whole, status=status)
    shares, seen = read(live), versions.shown(live, kind)
    unowned = not shares and bool(live["metadata"].get("uid"))
    if unowned:
        shares[Owner(BEFORE_APPLY)] = Share(owned_only(field_set(seen, schema), status=False), api_version, "")
    mine = shares.get(owner)
    others = {other: share for other, share in shares.items() if other != owner}
    conflicts = _conflicts(live, config, kind, stated, others, scaling=owner.subresource == "scale")
    if conflicts and not force:
        raise _refuse(conflicts)
    if unowned:
        others[Owner(BEFORE_APPLY)].time = time
    taken = {path for _, path in conflicts}
    for share in others.values():
        share.paths -= taken
    merged = merge(seen, config, schema)
    if mine is not None:
        # All that is stated: who writes nothing of the metadata but the name states that.
        keep = with_parents(whole)
        for share in others.values():
            keep |= with_parents(share.paths)
        dropped = with_structs(mine.paths, schema) - keep
        if dropped:
            merged = removed_at(merged, schema, dropped, keep=keep)
    if mine is None or mine.paths != stated or mine.api_version != api_version:
        others[owner] = Share(stated, api_version, since(owner, time))
    else:
        others[owner] = mine
    return merged, write(others)


def owner_for(manager: str, *, subresource: str = "") -> Owner:
    return Owner(manager, APPLY, subresource)
