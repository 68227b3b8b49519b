"""Two releases of an app side by side: what they are, in which settings they differ, and what they gave clusters."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt.isolating import rows_of_isolation
from apps_mgmt.preview_rows import object_row, spec_rows
from apps_mgmt.rendering import manifest_diff
from apps_mgmt.spec import load
from releases.models import Release, Target
from releases.pages import ending_figures, links
from releases.wording import kind_title
from tenants.isolation import Isolation

Row = dict[str, Any]


def compared(old: Release, new: Release) -> Row:
    """`pair`: both with their facts. `groups`: settings that differ. `objects`: manifests that do, per cluster."""
    targets = {one.pk: list(Target.objects.filter(release=one)) for one in (old, new)}
    return {
        "pair": [_facts(one, targets[one.pk]) for one in (old, new)],
        "groups": [*_isolation(old, new), *spec_rows(load(old.revision.spec), load(new.revision.spec))],
        "objects": _objects(targets[old.pk], targets[new.pk]),
    }


def _isolation(old: Release, new: Release) -> list[Row]:
    """In what their instances are held apart from those of others."""
    made = {"": Isolation.of_instances(old.isolation)}
    return rows_of_isolation(new.app, made, clusters=made, brought=new.isolation)


def _facts(release: Release, targets: list[Target]) -> Row:
    begun, ended = release.started_at or release.created_at, release.ended_at
    return {
        "number": release.number,
        "url": links.release_url(release.app, release.number),
        "state": {"name": release.state, "word": ending_figures.word(release, targets)},
        "why": release.why,
        "kind": kind_title(release.kind),
        "revision": release.revision.number,
        "strategy": f"{release.strategy}, {release.across.replace('_', ' ')}",
        "who": release.actor_name,
        "note": release.note,
        "at": begun,
        "seconds": (ended - begun).total_seconds() if ended else None,
        "clusters": ", ".join(one.cluster_name for one in targets),
    }


def _objects(old: list[Target], new: list[Target]) -> list[Row]:
    before, after = ({one.cluster_name: one for one in some} for some in (old, new))
    rows: list[Row] = []
    for cluster in sorted(before.keys() | after.keys()):
        was, now = before.get(cluster), after.get(cluster)
        changed = manifest_diff(was.manifests if was else (), now.manifests if now else ())
        rows += [object_row(cluster, one) for one in changed]
        rows += _numbers(cluster, was, now)
    return rows


def _numbers(cluster: str, was: Target | None, now: Target | None) -> list[Row]:
    """How many instances there are to be is written apart from the manifests, and told like one of them."""
    counts = [{row["name"]: row["replicas"] for row in one.workloads} if one else {} for one in (was, now)]
    rows = []
    for name in sorted(counts[0].keys() & counts[1].keys()):
        if counts[0][name] != counts[1][name]:
            lines = [
                {"kind": kind, "text": _("instances: {number}").format(number=some[name])}
                for kind, some in zip(("del", "add"), counts, strict=True)
            ]
            rows.append({"cluster": cluster, "kind": "", "name": name, "lines": lines})
    return rows
