"""What a release makes different, for the audit entry of whoever asked for it.

Whatever makes another spec run says so, a deploy as well as going back: a search for a variable finds who changed it in
the draft, and every release after which the app runs with another value, even where the draft was changed long before.
What steers a release that is there (approve, promote, pause, abort) says nothing of it: the difference stands in the
entry of the release it is about, and the end of that has an entry of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from apps_mgmt.isolating import rows_of_isolation
from apps_mgmt.models import App
from apps_mgmt.preview_rows import rows_by_cluster
from apps_mgmt.spec import load
from releases import standing
from releases.ahead import ahead
from releases.freeze import Asked
from releases.standing import Place
from releases.states import BRINGS_NONE, ReleaseKind

_SAME = BRINGS_NONE | {ReleaseKind.RESTART}  # a restart brings the time it was asked for, which its entry has


def rows(app: App, asked: Asked, *, queues: bool, places: Iterable[Place]) -> list[dict[str, Any]]:
    """Rows {path, label, before, after, kind} of what differs from what stands on the clusters, as previews have them;
    with `queues`, from what the releases in front of it will leave. `places`: what stands on the clusters. They begin
    with what it brings of another isolation of the tenant.

    Nothing where nothing stands yet, where the entries of the draft say everything, and for a kind that brings nothing.
    """
    if asked.kind in _SAME:
        return []
    in_front = ahead(app) if queues else None
    before: Mapping[str, Any] = in_front.specs if in_front else {one.cluster: load(one.revision.spec) for one in places}
    if not before:
        return []
    names = asked.clusters or sorted(before)
    made = {} if in_front else standing.other_isolations(app)
    isolation = rows_of_isolation(app, made, clusters={*names} & before.keys())
    return [*isolation, *rows_by_cluster(names, before, load(asked.revision.spec))]
