"""What a release would bring, shown before it is started: what runs compared with what would."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from apps_mgmt import drafts, forbidding, previewing
from apps_mgmt.models import App
from apps_mgmt.spec import AppSpec, as_restarted, load
from portal.operations.subject import Preview
from releases import (
    at_rest,
    dips,
    foretelling,
    going_back,
    hindrances,
    holding,
    meeting,
    nothing_new,
    observation,
    planning,
    remains,
    replaced,
    reserving,
    restarting,
    restricting,
    standing,
    taking_again,
)
from releases.ahead import Ahead, ahead
from releases.asking import MoveApp, Redeploy, RestartProcess, RollBack, StartRelease
from releases.building import warnings as of_builds
from releases.freeze import quota_source
from releases.launching import PASSES
from releases.models import Observation, Release
from releases.not_yet import not_yet
from releases.second_track import KINDS as TRACKED
from releases.states import TERMINAL, ReleaseKind, ReleaseState
from releases.ways_back import leads_to, settled
from tenants.clusters import grants_of
from tenants.clusters.restricting import of_grants
from tenants.models import TenantCluster
from tenants.quota import ledger
from tenants.quota.arithmetic import QuotaLine

Turn = StartRelease | RollBack | Redeploy | MoveApp
_KINDS: dict[type, ReleaseKind] = {RollBack: ReleaseKind.ROLLBACK, MoveApp: ReleaseKind.MOVE}
NEW = quota_source(uuid.UUID(int=0))
"""What the reservation of a release is called that has no id yet."""


def start(subject: App, action: StartRelease) -> Preview:
    """The draft against what stands on each of the clusters it goes to."""
    revision = drafts.revision_of(subject, action.revision)
    forbidding.refuse(subject, revision)
    found = against_what_runs(subject, load(revision.spec), only=action.clusters, turn=action)
    return taking_again.said(found, action)


def rolling(app: App, spec: AppSpec, known: reserving.Now) -> tuple[str, dict[str, int]]:
    """What a release of the spec would reserve while it rolls, under a name that no reservation has yet."""
    restarted = as_restarted(spec, {name: load(one.spec) for name, one in known.standing.items()})
    return NEW, reserving.peak(app, restarted, known)


def quota_of(app: App, spec: AppSpec, grants: Sequence[TenantCluster], *, starts: bool = False) -> list[QuotaLine]:
    """The quota before and after a release of the spec, as previews show it; `starts` as in `reserving.peak`."""
    peak = reserving.peak(app, spec, reserving.now(app, grants), starts=starts)
    return previewing.quota_lines(ledger.standing(app.tenant_id, app.pk), source=NEW, asked=peak)


def short(app: App, spec: AppSpec, grants: Sequence[TenantCluster], *, starts: bool = False) -> list[QuotaLine]:
    """What a release of the spec would come to where that does not fit into the quota."""
    return [one for one in quota_of(app, spec, grants, starts=starts) if not one.fits]


def roll_back(subject: App, action: RollBack) -> Preview:
    """The old revision against what runs, on each of the clusters it goes to."""
    action = settled(subject, action)
    source = going_back.good(subject, action.number)
    spec = going_back.spec_for(subject, source, action)
    enforced = not going_back.is_let_through(subject, source, action)
    chosen = going_back.way_for(subject, source, spec, action)
    found = against_what_runs(subject, spec, enforced=enforced, only=action.clusters, turn=action, chosen=chosen)
    found = taking_again.said(found, action)
    said = (going_back.stays(subject, action), going_back.goes_as_planned(subject, chosen))
    return replace(found, warnings=[*filter(None, said), *found.warnings])


def redeploy(subject: App, action: Redeploy) -> Preview:
    """The same as for going back, with everything as it was frozen."""
    source, revision = going_back.again(subject, action)
    ruled = source is not None and not going_back.is_last_good(subject, source)
    enforced = ruled or not leads_to(subject, source or going_back.that_runs(subject))
    way = going_back.way_again(revision)
    spec = load(revision.spec)
    found = against_what_runs(subject, spec, enforced=enforced, ruled=ruled, turn=action, chosen=way)
    found = taking_again.said(found, action)
    return replace(found, warnings=[*filter(None, [going_back.goes_again(source, way)]), *found.warnings])


def restart(subject: App, action: RestartProcess) -> Preview:
    """Nothing changes but that instances are new, so there is nothing to list but the room that it needs."""
    restarting.refuse_unequal(subject, then=restarting.then_restart())
    revision = drafts.deployed_revision(subject)
    running = load(revision.spec) if revision else AppSpec()
    names = [action.process] if action.process else [one.name for one in running.processes]
    going = planning.strategy_of(running, ReleaseKind.RESTART, is_stopped=False)
    found = against_what_runs(subject, restarting.restarted(running, action), kind=ReleaseKind.RESTART)
    happens = replaced.of_restart(subject.name, names, going)
    return Preview(happens=happens, quota=found.quota, warnings=found.warnings)


def against_what_runs(
    app: App,
    spec: AppSpec,
    *,
    enforced: bool = True,
    ruled: bool | None = None,
    only: Sequence[str] = (),
    turn: Turn | None = None,
    chosen: planning.Way | None = None,
    kind: ReleaseKind | None = None,
    taken: Collection[tuple[str, str, str]] = (),
) -> Preview:
    """Changes and the room that the release needs while it rolls; without `enforced` it is let through in any case, and
    past the rules of the platform as well, unless it is `ruled`; or past these alone.

    What stands on each cluster is compared, for `only` some of them if there are any named. `turn` is what is asked
    for: what shall become of a release that is under way, and what is foreseen step by step, `chosen` as in `planning`;
    behind one, what that will leave is compared. `kind`, where no turn says it. `taken`: what is taken over from others
    by it, as (cluster, object, field).
    """
    kind = kind or _KINDS.get(type(turn), ReleaseKind.DEPLOY)
    passes = kind in PASSES  # it waits for none that waits for its turn
    line = holding.line_of(app)
    in_line = holding.in_front(line, alone=passes or bool(turn and turn.supersede))
    is_stopped = at_rest.stops(app, kind, line=in_line)
    grants, present = grants_of(app.tenant_id), standing.present(app)
    places = present.places
    goes_back = kind is ReleaseKind.ROLLBACK
    in_front = ahead(app) if turn and turn.wait and not turn.supersede else None
    behind, among = in_line if in_front else (), (one.cluster for one in grants)
    there = remains.inhabited(app, among=among, written=goes_back, line=behind)
    planning.refuse_elsewhere(app, spec, only, there=there, grants=grants)
    before = in_front.specs if in_front else {one.cluster: load(one.revision.spec) for one in places}
    if isinstance(turn, StartRelease):
        spec = as_restarted(spec, before, only=only)
    going, planned = planning.going_by(spec, chosen), planning.as_planned(kind, chosen)
    kept = planning.kept_of(going, kind, chosen, is_stopped=is_stopped)
    preview = previewing.preview_spec(
        app,
        before,
        spec,
        grants=grants,
        source=NEW,
        asked=reserving.peak(app, going, reserving.Now(there, present)),
        enforced=enforced,
        only=only,
        # What is in front of it may bring that before.
        brings=not in_front,
    )
    nothing = not preview.spec and not preview.manifests
    way = going.release.strategy if chosen else planning.strategy_of(spec, kind, is_stopped=is_stopped)
    active, clears = None if passes else line[0], turn is not None and way.kind in TRACKED
    found = hindrances.of_half_way(spec, places, active, only=only, clears=clears) if not in_front else []
    # Where some clusters were stopped and others not, it runs on all of them afterwards.
    found += hindrances.of_started(places, only=only) if not (in_front or is_stopped) else []
    again = (" ".join(found) or nothing_new.said(app, in_front, only=only)) if nothing else ""
    said = [
        *(() if nothing else found),
        *hindrances.of_stopped(app, kept, is_stopped=is_stopped),
        *hindrances.of_rules(going, enforced=enforced if ruled is None else ruled),
        *(str(one) for one in not_yet(spec)),
        *(of_builds(spec) if kind is ReleaseKind.DEPLOY and not chosen else ()),
        *hindrances.of_strategy(spec, kind),
        *(hindrances.of_plan(app, going) if turn is not None and (planned or chosen) else ()),
        *hindrances.of_taken_over(app, spec, places, only=only),
        *(hindrances.of_approvals(app, going) if planned and kind is not ReleaseKind.MOVE else ()),
        *restricting.warnings(app, spec, found=of_grants(grants), only=only),
    ]
    preview = replace(preview, happens=again, warnings=[*dict.fromkeys([*said, *preview.warnings])])
    seen = {row.cluster_id: row for row in Observation.objects.filter(app=app)} if places else {}
    told = meeting.told(
        app,
        going,
        kind,
        chosen=chosen,
        is_stopped=is_stopped,
        grants=grants,
        there=there,
        places=places,
        seen=seen,
        only=only,
        taken=taken,
        said=bool(again and turn and not (found or in_front)),
    )
    if turn is not None:
        held = planning.calendar(app, kind, spec, only=only, chosen=chosen)
        course = foretelling.course(
            app,
            going,
            kind,
            chosen=chosen,
            grants=grants,
            there=there,
            is_stopped=is_stopped,
            calendar=held,
            only=only,
            fills=turn.target if isinstance(turn, MoveApp) else "",
            places=places,
            seen=seen,
        )
        half_way = {one.cluster for one in places if one.half_way}
        known = {one.cluster.name: seen.get(one.cluster_id) for one in grants if one.cluster.name in half_way}
        most = dips.sure_of(places, {name: observation.load(row.facts) for name, row in known.items() if row})
        told = [*hindrances.of_freezes(held), *dips.of_shares(course, most=most), *told]
        told += dips.of_left_out(before, going, only=only, most=most) if not is_stopped else []
        preview = replace(preview, course=course)
    preview = replace(preview, warnings=[*told, *preview.warnings])
    if in_front:
        return replace(preview, warnings=[_behind(in_front), *preview.warnings])
    first = before_it(line)
    if first is None or (passes and first.state == ReleaseState.WAITING):
        return preview
    said = _superseded(line) if turn and turn.supersede else [under_way(first, queues=turn is not None)]
    return replace(preview, warnings=[*said, *preview.warnings])


def before_it(line: tuple[Release | None, Sequence[Release]]) -> Release | None:
    """What a release that is started now has to wait for, of an app's `holding.line_of`: the one under way, or the
    first that waits for its turn.
    """
    active, queued = line
    return active or next(iter(queued), None)


def _superseded(line: tuple[Release | None, Sequence[Release]]) -> list[str]:
    """What becomes of all that is before a release which takes its place: see `launching.launch`."""
    active, queued = line
    stopped = _("Release {number}, started by {who}, is stopped where it is, and this one goes on from there.")
    never = _("Release {number}, started by {who}, waits for its turn, and never begins.")
    rows = [(stopped, [active] if active else []), (never, queued)]
    return [text.format(number=one.number, who=one.actor_name) for text, found in rows for one in found]


def under_way(active: Release, *, queues: bool = True) -> str:
    """That the release which is under way, or waits for its turn, has to be waited for, or stopped. `queues`: whether
    what is asked for could be said to do either.
    """
    if not queues and active.state == ReleaseState.WAITING:
        sentence = _("Release {number}, started by {who}, waits for its turn. Try again when it is over, or stop it.")
    elif not queues:
        sentence = _("Release {number}, started by {who}, is still under way. Try again when it is over, or stop it.")
    elif active.state == ReleaseState.WAITING:
        sentence = _("Release {number}, started by {who}, waits for its turn: queue behind it, or stop it. {held}")
        words = {"number": active.number, "who": active.actor_name, "held": holding.waits_for(active)}
        return sentence.format(**words).rstrip()
    else:
        sentence = _("Release {number}, started by {who}, is still under way: queue behind it, or stop it.")
    return sentence.format(number=active.number, who=active.actor_name)


def stopped_by_deleting(app: App) -> list[str]:
    """What becomes of releases that are under way or wait, and of what was taken over, when their app is deleted; and
    where that has to wait.
    """
    found = Release.objects.filter(app=app).exclude(state__in=TERMINAL).order_by("number")
    sentence = _("Release {number}, started by {who}, is stopped where it is.")
    return [
        *(sentence.format(number=one.number, who=one.actor_name) for one in found),
        *hindrances.of_deleting(app),
        *hindrances.of_emptying(app),
    ]


def _behind(front: Ahead) -> str:
    """After what it begins, and what it is compared with."""
    sentence = _("This begins when release {number}, started by {who}, has ended.")
    compared = (
        _("Compared with what release {number} brings, if it succeeds.")
        if front.certain
        else _("Compared with what stands when the release under way has gone back.")
    )
    return f"{sentence} {compared}".format(number=front.last.number, who=front.last.actor_name)
