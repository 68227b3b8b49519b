"""What a release would do step by step, in words and numbers: as its form and its dry run show it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps_mgmt.models import App
from apps_mgmt.spec import AppSpec
from apps_mgmt.spec.hours import spans_of
from apps_mgmt.spec.steps_placed import builds
from portal.errors import Refused
from portal.ui.figures import duration
from releases import at_rest, planning, remains, reserving, standing, taking_again
from releases.drift import foretold
from releases.hindrances import of_strategy
from releases.lanes import stopped
from releases.loading import lane_of
from releases.models import Observation, Target
from releases.not_yet import not_yet
from releases.snapshot import Frozen, Step
from releases.snapshot import Target as Lane
from releases.states import ReleaseKind
from releases.steps.apply import WORKLOADS
from releases.strategies.foreseeing import After, Moment, Stretch, foresee
from releases.wording import step_title
from tenants.models import Cluster, TenantCluster

SIDES = ("old", "new", "stay")
_DEPLOY = ReleaseKind.DEPLOY
PATIENCE = 2.0  # seconds in which a cluster is asked about what was let go, while somebody fills in a form


def of_draft(app: App, spec: AppSpec, grants: Sequence[TenantCluster], known: reserving.Now) -> list[dict[str, Any]]:
    """What deploying a draft would do if it made all instances new. Where nothing of the app runs yet: what a release
    after its first one would.
    """
    kind = ReleaseKind.DEPLOY
    calendar, is_stopped = planning.calendar(app, kind, spec), at_rest.stops(app, kind)
    try:
        return course(
            app,
            spec,
            kind,
            grants=grants,
            there=known.there,
            is_stopped=is_stopped,
            calendar=calendar,
            places=known.present.places,
            supposed=True,
        )
    except Refused:  # it can be saved all the same; whoever deploys it is told why not
        return []


def of_others(app: App, spec: AppSpec, grants: Sequence[TenantCluster], known: reserving.Now) -> list[str]:
    """What the release of a draft would tell of others: for what it is refused, what it leaves to them, and what of
    theirs it takes over again.
    """
    sentence = _("When this is deployed: {words}")
    again = taking_again.of_spec(app, spec, seconds=PATIENCE)
    return [*(sentence.format(words=words) for words in again), *_of_drift(app, spec, grants, known)]


def _of_drift(app: App, spec: AppSpec, grants: Sequence[TenantCluster], known: reserving.Now) -> list[str]:
    if not known.present.places or not_yet(spec):
        return []
    # Clusters tell of so much that only those are read on which somebody else has anything.
    rows = Observation.objects.filter(app=app, facts__workloads__contains=[{"foreign": [{}]}])
    seen = {row.cluster_id: row for row in rows}
    if not seen:
        return []
    strategy = "rolling" if at_rest.stops(app, _DEPLOY) else spec.release.strategy.kind
    return foretold.sentences(
        app, seen, lambda: planning.lanes_for(app, spec, there=known.there, grants=grants), strategy=strategy
    )


def course(
    app: App,
    spec: AppSpec,
    kind: ReleaseKind,
    *,
    grants: Sequence[TenantCluster],
    there: Iterable[Cluster],
    is_stopped: bool,
    chosen: planning.Way | None = None,
    calendar: Sequence[Mapping[str, str]] = (),
    only: Collection[str] = (),
    fills: str = "",
    places: Iterable[standing.Place] | None = None,
    seen: Mapping[UUID, Observation] | None = None,
    supposed: bool = False,
) -> list[dict[str, Any]]:
    """The waves of a release of a spec, as `Preview.course` has them; nothing where it cannot be planned yet.

    `there` are the clusters where something of the app is, `places` what stands on each, `seen` what each said last,
    where that was read already; `chosen` is as in `planning`.
    `supposed`: where nothing stands, what the spec says is taken for what runs, and nothing stays as it is.
    """
    if not_yet(spec) or of_strategy(spec, kind):
        return []
    lanes = planning.lanes_for(app, spec, there=there, grants=grants, only=only, fills=fills)
    lanes = [stopped(lane) for lane in lanes] if is_stopped else lanes
    stands = list(standing.places(app) if places is None else places)
    stood = standing.numbers(app) if len(lanes) > 1 else None
    way = planning.course_of(spec, kind, lanes, is_stopped=is_stopped, chosen=chosen, freezes=calendar, stood=stood)
    running = {one.cluster_id: one for one in remains.running(app)} if stands else {}
    if seen is None:
        seen = {row.cluster_id: row for row in Observation.objects.filter(app=app, cluster_id__in=running)}
    targets = planning.targets_of(app, lanes, way, is_stopped=is_stopped, said=seen.values())
    for target in targets:
        target.before = running.get(target.cluster_id)
    built = {name for step in builds(way.strategy.steps) for name in step.processes} if kind is _DEPLOY else set()
    half_way = {one.cluster for one in stands if one.half_way}
    same = {
        str(one.cluster_id): _same(one, one.before, built=built)
        for one in targets
        if one.before and one.cluster_name not in half_way and not supposed
    }
    found = [lane_of(one, seen.get(one.cluster_id)) for one in targets]
    guessed = [one.name for one in found if supposed and not one.before.workloads]
    found = [_as_if_it_ran(one) if one.name in guessed else one for one in found]
    stretches = foresee(way.steps, found, now=timezone.now(), same=same)
    return [_stretch(one, guessed) for one in stretches]


def _same(target: Target, before: Target, *, built: Collection[str]) -> list[str]:
    """The workloads whose instances a release does not replace by itself: they are written as they are already, and no
    image of theirs is `built` on the way.
    """
    anew = {f"{row['kind']}/{row['name']}" for row in target.workloads if row["process"] in built}
    was, now = ({_key(one): one for one in rows.manifests if one["kind"] in WORKLOADS} for rows in (before, target))
    return [key for key, one in now.items() if key in was and key not in anew and _template(was[key]) == _template(one)]


def _key(manifest: Mapping[str, Any]) -> str:
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def _template(manifest: Mapping[str, Any]) -> Any:
    return manifest["spec"].get("template")


def _as_if_it_ran(lane: Lane) -> Lane:
    before = Frozen(objects=lane.after.objects, workloads=lane.after.workloads)
    return replace(lane, before=before, observation=None)


def _stretch(stretch: Stretch, guessed: Collection[str]) -> dict[str, Any]:
    clusters = [one.cluster for one in stretch.before]
    return {
        "wave": stretch.wave + 1,
        "clusters": clusters,
        "supposed": [name for name in clusters if name in guessed],
        "before": [_numbers(one) for one in stretch.before],
        "steps": [_moment(one) for one in stretch.moments if not _is_another_way(one)],
    }


def _is_another_way(moment: Moment) -> bool:
    """Whether a step has nothing to do: it is there for clusters on which so many instances are not new by then."""
    options = moment.step.options
    return bool(options.get("unweighted") or options.get("shared")) and all(one.idle for one in moment.after)


def _moment(moment: Moment) -> dict[str, Any]:
    step, waits = moment.step, [one for one in moment.after if one.waits]
    group, branch = step.beside
    return {
        "number": step.number,
        "kind": step.kind,
        "title": _clears(moment) or step_title(step.kind, step.options),
        "name": step.options.get("name", ""),
        "beside": f"{group}/{branch}" if group else "",
        "condition": step.options.get("condition", ""),
        "on_failure": moment.on_failure,
        "waits": waits[0].waits if waits else "",
        "seconds": waits[0].seconds if waits else None,
        "words": _words(step, waits[0]) if waits else "",
        "after": [_numbers(one) for one in moment.after],
    }


def _clears(moment: Moment) -> str:
    """What a step is called that takes away first what another release left; blank for all others."""
    title = step_title(moment.step.kind, moment.step.options)
    said = _("Clear away what another release left, then: {title}").format(title=title)
    return said if any(one.clears for one in moment.after) else ""


def _numbers(after: After) -> dict[str, Any]:
    sums = {side: sum(getattr(part, side) for part in after.parts) for side in SIDES}
    parts = [{"process": part.process, **{side: getattr(part, side) for side in SIDES}} for part in after.parts]
    return {
        "cluster": after.cluster,
        **sums,
        "share": after.share,
        "header": after.header,
        "waits": after.waits,
        "idle": after.idle,
        "processes": parts,
    }


def _words(step: Step, after: After) -> str:
    """Whom or what a step waits for."""
    if after.waits == "people":
        return _people(step)
    if step.kind == "window":
        spans = (f"{one.begin}-{one.end} {', '.join(one.days)}".rstrip() for one in spans_of(step.options["hours"]))
        return f"{'; '.join(spans)}, {step.options['time_zone']}"
    if step.kind == "freeze":
        until = max(step.options["freezes"], key=lambda row: row["ends"])["until"]
        return _("until {until}").format(until=until)
    return duration(after.seconds)


def _people(step: Step) -> str:
    if step.kind == "approval":
        count = step.options["count"]
        return ngettext("until {count} person approves", "until {count} people approve", count).format(count=count)
    if step.kind == "note":
        return _("until somebody says that it is done")
    return _("until somebody lets it go on")
