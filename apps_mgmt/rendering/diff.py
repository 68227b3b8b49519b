"""Two sets of manifests compared, line by line, for the preview. Secrets show names and versions: they hold no more."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise

from apps_mgmt.rendering.adopted import ADOPTS
from apps_mgmt.rendering.facts import Manifest
from apps_mgmt.rendering.immutable import must_recreate
from apps_mgmt.rendering.rendering import order
from apps_mgmt.rendering.yaml_text import as_yaml

_DIGEST = re.compile(r"(?<=-)[0-9a-f]{10}$")
State = Literal["added", "removed", "let_go", "changed", "replaced"]


@dataclass(frozen=True)
class ObjectDiff:
    """One object that changes. `lines` are of a unified diff without its header: each begins with `+`, `-`, ` ` or `@`.

    `let_go`: it was taken over, and runs on without Slipway. `replaced`: an immutable object under a new name takes the
    place of the old one. `recreate` says why it must be made anew, in sentences; empty when it can be changed as it is.
    """

    kind: str
    name: str
    state: State
    lines: tuple[str, ...]
    recreate: tuple[str | Promise, ...] = ()


def manifest_diff(old: Iterable[Manifest], new: Iterable[Manifest]) -> tuple[ObjectDiff, ...]:
    """What changes, in the order of applying; what goes comes last. Empty when nothing does."""
    before, after = _by_key(old), _by_key(new)
    found: list[ObjectDiff] = []
    for key, row in after.items():
        was = before.get(key)
        if was == row:
            continue
        same_name = was is not None and was["metadata"]["name"] == row["metadata"]["name"]
        state: State = "added" if was is None else "changed" if same_name else "replaced"
        recreate = must_recreate(was, row) if was is not None and same_name else ()
        found.append(ObjectDiff(row["kind"], row["metadata"]["name"], state, _lines(was, row), recreate))
    for key, row in before.items():
        if key not in after and ADOPTS in row["metadata"].get("annotations", {}):
            found.append(ObjectDiff(row["kind"], row["metadata"]["name"], "let_go", _lines(row, None)))
        elif key not in after:
            found.append(ObjectDiff(row["kind"], row["metadata"]["name"], "removed", _lines(row, None)))
    return tuple(found)


def _by_key(manifests: Iterable[Manifest]) -> dict[tuple[str, str, str], Manifest]:
    """An immutable object goes by its name without the digest, so that the old and the new one stand side by side."""
    found: dict[tuple[str, str, str], Manifest] = {}
    for row in order(manifests):
        name, kind = row["metadata"]["name"], row["kind"]
        content = row["metadata"].get("annotations", {}).get("slipway.dev/content", "")
        base = _DIGEST.sub("", name) if row.get("immutable") else name
        found[(kind, base, content)] = row
    return found


def _lines(old: Manifest | None, new: Manifest | None) -> tuple[str, ...]:
    before = as_yaml(old).splitlines() if old else []
    after = as_yaml(new).splitlines() if new else []
    return tuple(difflib.unified_diff(before, after, lineterm="", n=2))[2:]
