"""What others changed of the workloads that a release under way wrote, so that they are not what it brings any more.

What was left to them is no such change, and neither is what has the value that the release set, what was added beside
that, or what does not belong to the instances.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt.leaving import field_title
from apps_mgmt.rendering import key_of
from apps_mgmt.values import Left
from releases.drift.comparing import Applied, Drift, compare
from releases.drift.looking import binds
from releases.drift.second import applied_beside, is_changed_beside
from releases.models import Target
from releases.observation import Observation, WorkloadFacts
from releases.reasons import Reason
from releases.scaled import AUTOSCALER, REPLICAS
from releases.snapshot import Snapshot
from releases.snapshot import Target as Lane
from releases.states import TargetState
from releases.steps.pairs import pairs

TEMPLATE = ".spec.template."
_WRITERS = frozenset({"apply", "open_tracks", "trade"})
"""Kinds of steps that write the template of a workload."""

Chosen = Callable[[], Iterable[Left]]


def beside(target: Target, seen: Observation | None, left: Chosen) -> dict[str, Reason]:
    """`{Kind/name: why}` of what others changed of the second track of a release's target, and nobody `left` to them:
    its instances are not what the release is to bring. What is left is asked for only where that matters.
    """
    if seen is None or not target.second or not is_changed_beside(seen):
        return {}
    kept = _kept(target, left)
    found = [one for one in compare(seen, applied_beside(target)) if one.field.startswith(".spec.")]
    return _whys(target, _of_track, (one for one in found if not _is_fine(one, kept)))


def since_written(target: Target, lane: Lane, snapshot: Snapshot, left: Chosen, *, back: bool) -> dict[str, Reason]:
    """The same of the first track, as far as the release has written it already, on its way out or `back`.

    A change of a template makes a generation. So what the cluster tells of the one that was written, or of an older
    one, is from before it: whoever had something then has lost it, or was given way to.
    """
    source, seen = target.before if back else target, lane.observation
    if lane.state is not (TargetState.ROLLING_BACK if back else TargetState.RUNNING) or source is None or seen is None:
        return {}
    theirs = [one for one in seen.workloads if _fields_in_template(one)]
    if not theirs:
        return {}
    wrote, last = _generations(snapshot, lane, back=back)
    frozen = {one.key for one in (lane.before if back else lane.after).workloads if one.replicas or one.autoscaled}
    generations = {_key(one): one.generation for one in theirs if _key(one) in frozen & wrote.keys()}
    later = [one for one in theirs if generations.get(_key(one), 0) > wrote.get(_key(one), 0)]
    kept = _kept(target, left) if later else []
    later = [one for one in later if _is_more(one, kept, cluster=target.cluster_name)]
    if not later:
        return {}
    keyed = {key_of(one): one for one in source.manifests}
    applied = Applied(cluster=target.cluster_name, manifests=keyed, replicas={})
    found = (one for one in compare(replace(seen, workloads=tuple(later)), applied) if one.field.startswith(TEMPLATE))
    # Who took something away cannot be told; so it has to be after all that was written.
    told = (one for one in found if one.manager or generations[one.object] > last[one.object])
    return _whys(target, _of_template, (one for one in told if not _is_fine(one, kept)))


def scaled(target: Target, seen: Observation | None, left: Chosen) -> tuple[dict[str, str], set[str]]:
    """`{Kind/name: who}` of the workloads whose number of instances somebody else set, but for autoscalers; and the
    keys of those for which it was left to them since the release was frozen.
    """
    found = {
        _key(workload): owner.manager
        for workload in (seen.workloads if seen else ())
        for owner in workload.foreign
        if owner.manager != AUTOSCALER and any(one.path == REPLICAS and not one.shared for one in owner.fields)
    }
    found = {key: by for key, by in found.items() if REPLICAS not in target.left.get(key, {})}
    given = {(one.object, one.manager) for one in left() if _is_number(one, target)} if found else set()
    since = {key for key, by in found.items() if (key, by) in given}
    return {key: by or _("somebody") for key, by in found.items() if key not in since}, since


def _is_number(left: Left, target: Target) -> bool:
    return left.cluster == target.cluster_name and left.field == REPLICAS


def _generations(snapshot: Snapshot, lane: Lane, *, back: bool) -> tuple[dict[str, int], dict[str, int]]:
    """Workload → which generation its template was last written with; and which one anything of it was."""
    traded = {one.stable.key for one in pairs(lane)}
    wrote: dict[str, int] = {}
    last: dict[str, int] = {}
    for run in snapshot.runs_on(lane.cluster, back=back):
        kind = snapshot.step(run.ref.step).kind
        for key, answer in run.output.get("objects", {}).items():
            last[key] = int((answer or {}).get("generation", 0))
            if kind == "apply" or (kind in _WRITERS and key not in traded):
                wrote[key] = last[key]
    return wrote, last


def _key(workload: WorkloadFacts) -> str:
    return f"{workload.kind}/{workload.name}"


def _fields_in_template(workload: WorkloadFacts) -> list[tuple[str, str]]:
    """(field, manager) of what others have of it alone."""
    rows = ((one, owner.manager) for owner in workload.foreign for one in owner.fields)
    return [(one.path, manager) for one, manager in rows if one.path.startswith(TEMPLATE) and not one.shared]


def _is_more(workload: WorkloadFacts, kept: Sequence[Left], *, cluster: str) -> bool:
    """Whether others have something in its template besides what was left to them, as far as names tell."""
    places = {(one.place, one.manager) for one in kept}
    fields = _fields_in_template(workload)
    return any(((cluster, _key(workload), field), manager) not in places for field, manager in fields)


def _kept(target: Target, left: Chosen) -> list[Left]:
    """What was left to others when the release was frozen, and since."""
    frozen = [
        Left(cluster=target.cluster_name, object=key, field=field, manager=manager)
        for key, fields in target.left.items()
        for field, manager in fields.items()
    ]
    return [*frozen, *left()]


def _is_fine(drift: Drift, kept: Iterable[Left]) -> bool:
    """Whether what others have there was added, has the value that was applied, or was left to them."""
    if drift.same or drift.added:
        return True
    return any(one.place == drift.place or drift.gone for one in kept if binds(one, drift))


def _of_track(values: dict[str, Any]) -> Reason:
    return Reason("track_changed", values)


def _of_template(values: dict[str, Any]) -> Reason:
    return Reason("template_changed", values)


def _whys(target: Target, reason: Callable[[dict[str, Any]], Reason], changes: Iterable[Drift]) -> dict[str, Reason]:
    found: dict[str, dict[str, Drift]] = {}
    for one in changes:
        found.setdefault(one.object, {})[one.field] = one
    return {key: reason(_values(target, key, fields)) for key, fields in found.items()}


def _values(target: Target, key: str, fields: Mapping[str, Drift]) -> dict[str, Any]:
    managers = sorted({one.manager or _("somebody") for one in fields.values()})
    return {
        "cluster": target.cluster_name,
        "object": key,
        "owners": {field: one.manager for field, one in fields.items()},
        "managers": ", ".join(managers),
        "fields": ", ".join(field_title(field) for field in sorted(fields)),
        "workload": key.partition("/")[2],
    }
