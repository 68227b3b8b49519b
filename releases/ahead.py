"""What the releases in front of one that queues leave on the clusters of an app, if they succeed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from apps_mgmt.drafts import BUILT, RESTART, brings
from apps_mgmt.models import App, Revision
from apps_mgmt.spec import AppSpec, load
from releases import standing
from releases.loading import HEAVY
from releases.models import Release, Target
from releases.states import AS_IT_RUNS, TERMINAL, ReleaseKind, ReleaseState

_GOING_BACK = (ReleaseState.ABORTING.value, ReleaseState.ROLLING_BACK.value)


@dataclass(frozen=True)
class Ahead:
    """The last release that is not over, behind which another one queues.

    `specs`: cluster → what stands there once it and all before it have succeeded; `certain`: none of them is on its way
    back, so that each brings what was frozen with it.
    """

    last: Release
    specs: Mapping[str, AppSpec]
    certain: bool


def ahead(app: App) -> Ahead | None:
    """What is in front of a release that would queue now; None where nothing is under way. Three queries at most."""
    unfinished = Release.objects.filter(app=app).exclude(state__in=TERMINAL)
    last = unfinished.order_by("-number").first()
    if last is None:
        return None
    specs = standing.specs(app)
    rows = Target.objects.filter(release__in=unfinished).exclude(release__state__in=_GOING_BACK)
    bringing = rows.exclude(release__kind__in=AS_IT_RUNS).select_related("release__revision").defer(*HEAVY)
    for target in bringing.order_by("release__number"):
        if target.release.kind == ReleaseKind.DELETE or not target.object_keys:
            specs.pop(target.cluster_name, None)
        else:
            specs[target.cluster_name] = load(target.release.revision.spec)
    return Ahead(last, specs, certain=not unfinished.filter(state__in=_GOING_BACK).exists())


def brings_draft(app: App, active: Release) -> bool:
    """Whether a release brings the draft, as it is or with the images that it built."""
    return active.revision_id == app.draft_id or brings(active.revision, app)


def brings_beside(app: App, active: Release) -> bool:
    """Whether a release brings a revision that the draft does not come from, as after an undo while it rolls."""
    if active.kind in AS_IT_RUNS or active.kind == ReleaseKind.DELETE or active.revision_id == app.draft_id:
        return False
    brought = active.revision
    while brought.operation == BUILT and brought.base is not None:
        brought = brought.base
    if app.draft is None or brought.digest == app.draft.digest:
        return False
    bases = dict(Revision.objects.filter(app=app).values_list("pk", "base_id"))
    comes_from, at = set(), app.draft_id
    while at is not None:
        comes_from.add(at)
        at = bases.get(at)
    return brought.pk not in comes_from and not (brought.operation == RESTART and brought.base_id in comes_from)
