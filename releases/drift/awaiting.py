"""What others have where a release under way is yet to write, in sentences for whoever lets it go on."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from apps_mgmt.leaving import field_title
from releases.drift.comparing import Drift
from releases.drift.looking import applied_by, as_applied, is_scaling, looked
from releases.gateway.fields import MISSING
from releases.gateway.ownership import is_mark
from releases.models import Release, Target
from releases.scaled import REPLICAS
from releases.snapshot import Snapshot, Step
from releases.states import RUN_PASSED, TARGET_SETTLED

MOST = 5
"""How many sentences are said."""


def sentences(release: Release, snapshot: Snapshot) -> list[str]:
    """For what it fails on its way, of what others have of its first track and the release was not to leave to them;
    what others changed of a second one, the snapshot tells itself (`taken`).
    """
    left = [one for one in snapshot.targets if one.state not in TARGET_SETTLED and not one.is_failing]
    ahead = {one.cluster: _ahead(snapshot, one.cluster) for one in left}
    ahead = {cluster: steps for cluster, steps in ahead.items() if steps}
    found = [one for rows in looked(release.app) for one in rows] if ahead else []
    if not found:
        return []
    targets = Target.objects.filter(
        release=release, cluster_id__in=ahead, cluster_name__in={one.cluster for one in found}
    )
    said = [
        _sentence(one, release.number)
        for target in targets
        for one in as_applied(found, applied_by(target))
        if _is_met(one, target, ahead[str(target.cluster_id)])
    ]
    return said[:MOST]


def _ahead(snapshot: Snapshot, cluster: str) -> list[Step]:
    """The steps that are yet to write workloads, or how many instances they have."""
    passed = {run.ref.step for run in snapshot.runs_on(cluster, back=False) if run.state in RUN_PASSED}
    writes = (one for one in snapshot.plan if not one.back and one.number not in passed)
    return [one for one in writes if one.kind in ("trade", "set_replicas") or one.options.get("part") == "workloads"]


def _is_met(drift: Drift, target: Target, ahead: Iterable[Step]) -> bool:
    """Whether a release writes something else there, with nobody's word that it gives way, or that it prevails."""
    given_way = target.left.get(drift.object, {}).get(drift.field) == drift.manager
    if not drift.manager or drift.added or is_mark(drift.field) or given_way or drift.object in target.forced:
        return False
    if applied_by(target).value(drift.object, drift.field) is MISSING:
        return False
    kinds = {one.kind for one in ahead}
    if drift.field != REPLICAS:
        return "apply" in kinds and not drift.same
    # What trades instances writes other numbers on the way, whatever number is there.
    return "trade" in kinds or not (drift.same or is_scaling(drift))


def _sentence(drift: Drift, number: int) -> str:
    changed = _(
        "{manager} changed the {field} of {what} on {cluster}. Release {number} is yet to write something else there, "
        "and fails then: undo that there first, or abort the release and take it over (drift.take_over)."
    )
    scaled = _(
        "An autoscaler (HorizontalPodAutoscaler) that is not Slipway's sets the number of instances of {what} on "
        "{cluster}. Release {number} is yet to change it, and fails then: delete the autoscaler there first."
    )
    words = {"manager": drift.manager, "field": field_title(drift.field), "number": number}
    sentence = scaled if is_scaling(drift) else changed
    return sentence.format(what=drift.object.partition("/")[2], cluster=drift.cluster, **words)
