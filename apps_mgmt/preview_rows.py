"""What differs between specs and between manifests, in the rows and lines that previews, pages and the log show."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from apps_mgmt.rendering import ObjectDiff, Rendered
from apps_mgmt.spec import AppSpec, diff

SIGNS = {"+": "add", "-": "del", "@": "at"}


def spec_rows(before: AppSpec, after: AppSpec) -> list[dict[str, Any]]:
    """Rows {path, label, before, after, kind} of what differs."""
    return [
        {
            "path": one.path,
            "label": str(one.label),
            "before": None if one.kind == "added" else str(one.before),
            "after": None if one.kind == "removed" else str(one.after),
            "kind": one.kind,
        }
        for one in diff(before, after)
    ]


def rows_by_cluster(
    clusters: Sequence[str], before: AppSpec | Mapping[str, AppSpec], after: AppSpec
) -> list[dict[str, Any]]:
    """What of the spec differs. Where that is not the same on all clusters, a row says on which.

    Where nothing stands yet, all of it is new; the rows tell what is new against the clusters where something does.
    """
    if isinstance(before, AppSpec):
        return spec_rows(before, after)
    were = {name: before[name] for name in clusters if name in before}
    if not were:
        return spec_rows(next(iter(before.values()), AppSpec()), after)
    places: dict[str, list[str]] = {}
    rows: dict[str, dict[str, Any]] = {}
    for cluster, spec in were.items():
        for row in spec_rows(spec, after):
            key = json.dumps(row, sort_keys=True)
            rows[key] = row
            places.setdefault(key, []).append(cluster)
    return [
        row if len(places[key]) == len(were) else row | {"label": f"{row['label']} ({', '.join(places[key])})"}
        for key, row in rows.items()
    ]


def object_row(cluster: str, changed: ObjectDiff) -> dict[str, Any]:
    """An object that changes, as `Preview.manifests` has it."""
    return {
        "cluster": cluster,
        "kind": changed.kind,
        "name": changed.name,
        "state": changed.state,
        "lines": [
            {"kind": SIGNS.get(line[:1], "same"), "text": line if line[:1] == "@" else line[1:]}
            for line in changed.lines
        ],
    }


def replica_lines(new: Sequence[Rendered], old: Mapping[str, Rendered]) -> list[dict[str, Any]]:
    """Instances are written apart from the manifests, so their change is shown as an object of its own."""
    rows = []
    for one in new:
        before = old[one.cluster].replicas if one.cluster in old else {}
        for name, plan in one.replicas.items():
            was = before[name].number if name in before else None
            if was != plan.number:
                lines = [{"kind": "del", "text": f"replicas: {was}"}] if was is not None else []
                lines.append({"kind": "add", "text": f"replicas: {plan.number}"})
                rows.append({"cluster": one.cluster, "kind": f"{plan.kind}/scale", "name": name, "lines": lines})
    return rows
