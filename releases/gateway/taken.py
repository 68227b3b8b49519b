"""Workloads that were taken over, known by their uid: their instances carry no label of Slipway, so once somebody has
changed those of the workload itself, nothing else on the cluster says whose it is. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from releases.gateway.ownership import ADOPTED, APP, APP_ID, MANAGED_BY, MANAGER, MARKS, lost_marks
from releases.gateway.trimming import trim

KEPT = (APP_ID, APP, "slipway.dev/process", "slipway.dev/track", ADOPTED)


@dataclass(frozen=True, slots=True)
class Taken:
    """Which object it is, and the labels by which Slipway knows it."""

    kind: str
    namespace: str
    name: str
    uid: str
    labels: Mapping[str, str]

    @property
    def key(self) -> tuple[str, str, str]:
        return self.kind, self.namespace, self.name

    @property
    def app_id(self) -> str:
        return self.labels[APP_ID]

    def is_lost(self, item: Mapping[str, Any]) -> bool:
        """Whether this object is the one, and somebody else changed or removed the labels that say so."""
        is_it = (item.get("metadata") or {}).get("uid") == self.uid
        return is_it and lost_marks(item, {**self.labels, MANAGED_BY: MANAGER})

    def told(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """The trimmed object under its labels again; `astray`, as `releases.reading` takes it, where it lost them."""
        have, want = (item.get("metadata") or {}).get("labels") or {}, {**self.labels, MANAGED_BY: MANAGER}
        astray = self.is_lost(item)
        wrong = [f".metadata.labels.{key}" for key in MARKS if have.get(key) != want[key]] if astray else []
        trimmed = trim(item, kind=self.kind, api_version="apps/v1", lost_marks=wrong)
        metadata = trimmed["metadata"]
        labels = {**metadata.get("labels", {}), **self.labels}
        return {**trimmed, "metadata": {**metadata, "labels": labels}, **({"astray": True} if astray else {})}


def taken_in(item: Mapping[str, Any], kind: str) -> Taken | None:
    """What a workload says of itself, where it was taken over and says whose it is."""
    metadata = item.get("metadata") or {}
    labels = metadata.get("labels") or {}
    if not (labels.get(ADOPTED) and labels.get(APP_ID) and labels.get(MANAGED_BY) == MANAGER):
        return None
    kept = {key: str(labels[key]) for key in KEPT if key in labels}
    return Taken(kind, str(metadata.get("namespace", "")), str(metadata["name"]), str(metadata.get("uid", "")), kept)
