"""What clients asked for and what came of it: how often each object really changed, and by whom."""

from __future__ import annotations

from collections import deque
from typing import Any

from .kinds import Kind
from .objects import Object, annotations_of, labels_of

_KEPT = 5000


class Journal:
    """Counts per object and manager, and the last writes in order."""

    def __init__(self) -> None:
        self.counts: dict[str, dict[str, dict[str, int]]] = {}
        self.rows: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    def record(self, verb: str, kind: Kind, obj: Object, *, manager: str, changed: bool) -> None:
        """Note one write of a client; a write that changed nothing is counted as ``unchanged``."""
        meta = obj["metadata"]
        place = f"{kind.resource}/{meta.get('namespace', '')}/{meta['name']}"
        numbers = self.counts.setdefault(place, {}).setdefault(manager, {"changes": 0, "unchanged": 0})
        if not changed:
            numbers["unchanged"] += 1
            return
        numbers["changes"] += 1
        numbers[verb] = numbers.get(verb, 0) + 1
        self.rows.append(
            {
                "verb": verb,
                "resource": kind.resource,
                "namespace": meta.get("namespace", ""),
                "name": meta["name"],
                "uid": meta.get("uid", ""),
                "generation": meta.get("generation", 0),
                "resourceVersion": int(meta.get("resourceVersion", 0)),
                "manager": manager,
                "labels": {key: value for key, value in labels_of(obj).items() if "/" in key},
                "annotations": {
                    key: value for key, value in annotations_of(obj).items() if "/" in key and len(value) < 200
                },
            }
        )

    def clear(self) -> None:
        self.counts.clear()
        self.rows.clear()

    def dump(self) -> dict[str, Any]:
        return {"counts": self.counts, "rows": list(self.rows)}

    def load(self, data: dict[str, Any]) -> None:
        self.counts = data.get("counts", {})
        self.rows.extend(data.get("rows", ()))
