"""What a release would bring, shown before it is started: what runs compared with what would."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from apps_mgmt import asked_roles, drafts, forbidding, previewing
from apps_mgmt.models import App, AppStatus
from apps_mgmt.spec import AppSpec, Strategy, as_restarted, load
from portal.operations.subject import Preview
from releases import (
    foretelling,
    freeze,
    going_back,
    hindrances,
    holding,
    planning,
    remains,
    reserving,
    restarting,
    restricting,
    standing,
)
from releases.ahead import Ahead, ahead
from releases.asking import (
    MoveApp,
    Redeploy,
    RestartProcess,
    RollBack,
    StartRelease,
)
from releases.building import warnings as of_builds
from releases.freeze import quota_source
from releases.models import Observation, Release
from releases.not_yet import not_yet
from releases.states import TERMINAL, Problem, ReleaseKind, ReleaseState
from releases.ways_back import settled
from releases.wording import advice_of
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
    return against_what_runs(subject, load(revision.spec), only=action.clusters, turn=action)


def rolling(app: App, spec: AppSpec, known: reserving.Now) -> tuple[str, dict[str, int]]:
    """What a release of the spec would reserve while it rolls, under a name that no reservation has yet."""
    return NEW, reserving.peak(app, spec, known)


def short(app: App, spec: AppSpec, grants: Sequence[TenantCluster]) -> list[QuotaLine]:
    """What a release of the spec would come to where that does not fit into the quota."""
    source, peak = rolling(app, spec, reserving.now(app, grants))
    lines = ledger.standing(app.tenant_id, app.pk).after(source=source, usage=peak)
    return [one for one in lines if not one.fits]


def roll_back(subject: App, action: RollBack) -> Preview:
    """The old revision against what runs, on each of the clusters it goes to."""
    action = settled(subject, action)
    source = going_back.good(subject, action.number)
    spec = going_back.spec_for(subject, source, action)
    enforced = not going_back.is_let_through(subject, source, action)
    chosen = going_back.strategy_for(subject, action)
    found = against_what_runs(subject, spec, enforced=enforced, only=action.clusters, turn=action, chosen=chosen)
    stays = going_back.stays(subject, action)
    return replace(found, warnings=[stays, *found.warnings]) if stays else found


def redeploy(subject: App, action: Redeploy) -> Preview:
    """The same as for going back, with everything as it was frozen."""
    source, revision = going_back.again(subject, action)
    enforced = source is not None and not going_back.is_last_good(subject, source)
    return against_what_runs(subject, load(revision.spec), enforced=enforced, turn=action)


def restart(subject: App, action: RestartProcess) -> Preview:
    """Nothing changes but that instances are new, so there is nothing to list but the room that it needs."""
    restarting.refuse_unequal(subject)
    revision = drafts.deployed_revision(subject)
    running = load(revision.spec) if revision else AppSpec()
    names = [action.process] if action.process else [one.name for one in running.processes]
    sentence = _("Every instance of {processes} is replaced by a new one, a few at a time.")
    found = against_what_runs(subject, restarting.restarted(running, action), passes=True)
    happens = sentence.format(processes=", ".join(names))
    return Preview(happens=happens, quota=found.quota, warnings=found.warnings)


def against_what_runs(
    app: App,
    spec: AppSpec,
    *,
    enforced: bool = True,
    only: Sequence[str] = (),
    turn: Turn | None = None,
    chosen: Strategy | None = None,
    passes: bool = False,
) -> Preview:
    """Changes and the room that the release needs while it rolls; without `enforced` it is let through in any case.

    What stands on each cluster is compared, for `only` some of them if there are any named. `turn` is what is asked
    for: what shall become of a release that is under way, and what is foreseen step by step, `chosen` as in `planning`;
    behind one, what that will leave is compared. `passes`: it waits for none that waits for its turn.
    """
    kind = _KINDS.get(type(turn), ReleaseKind.DEPLOY)
    line = holding.line_of(app)
    is_stopped = freeze.stops(app, kind, line=[one for one in (line[0], *line[1]) if one])
    grants, present = grants_of(app.tenant_id), standing.present(app)
    places = present.places
    goes_back = kind is ReleaseKind.ROLLBACK
    there = remains.inhabited(app, among=(one.cluster for one in grants), written=goes_back)
    in_front = ahead(app) if turn and turn.wait and not turn.supersede else None
    before = in_front.specs if in_front else {one.cluster: load(one.revision.spec) for one in places}
    if isinstance(turn, StartRelease):
        spec = as_restarted(spec, before, only=only)
    going = planning.going_by(spec, chosen)
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
    found = hindrances.of_half_way(spec, places, None if passes else line[0], only=only) if not in_front else []
    again = (" ".join(found) or _nothing_new(app, in_front)) if nothing else ""
    said = [
        *(() if nothing else found),
        *hindrances.of_stopped(app, is_stopped=is_stopped),
        *hindrances.of_rules(going, enforced=enforced),
        *(str(one) for one in not_yet(spec)),
        *(of_builds(spec) if kind is ReleaseKind.DEPLOY else ()),
        *hindrances.of_strategy(spec, kind),
        *hindrances.of_taken_over(app, spec, places, only=only),
        *(asked_roles.warnings(spec, app.tenant) if kind is ReleaseKind.DEPLOY else ()),
        *restricting.warnings(app, spec, found=of_grants(grants), only=only),
    ]
    preview = replace(preview, happens=again, warnings=[*dict.fromkeys([*said, *preview.warnings])])
    if turn is not None:
        held = planning.calendar(app, kind, spec, only=only)
        seen = {row.cluster_id: row for row in Observation.objects.filter(app=app)} if places else {}
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
        drift = hindrances.of_drift(app, seen, only=only)
        preview = replace(preview, course=course, warnings=[*hindrances.of_freezes(held), *drift, *preview.warnings])
    if in_front:
        return replace(preview, warnings=[_behind(in_front), *preview.warnings])
    first = before_it(line)
    if first is None or (passes and first.state == ReleaseState.WAITING):
        return preview
    return replace(preview, warnings=[under_way(first, turn), *preview.warnings])


def before_it(line: tuple[Release | None, Sequence[Release]]) -> Release | None:
    """What a release that is started now has to wait for, of an app's `holding.line_of`: the one under way, or the
    first that waits for its turn.
    """
    active, queued = line
    return active or next(iter(queued), None)


def under_way(active: Release, turn: Turn | None = None) -> str:
    """What becomes of the release that is under way, or waits for its turn; without `turn`, that it has to be waited
    for, or stopped.
    """
    if turn and turn.supersede:
        sentence = _("Release {number}, started by {who}, is stopped where it is, and this one goes on from there.")
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


def _nothing_new(app: App, front: Ahead | None) -> str:
    if front:
        sentence = _("Nothing differs from what release {number} brings: it is deployed again as it is.")
        return sentence.format(number=front.last.number)
    status = AppStatus.objects.filter(app=app).first()
    rows = status.clusters if status else ()
    for row in rows:
        if {Problem.UNPREPARED, Problem.REPLACED} & {*row.get("trouble", ())}:
            sentence = _("Nothing in the settings differs. On {cluster}: {words}")
            return sentence.format(cluster=row["name"], words=advice_of(row["trouble"]))
    lost = [row["name"] for row in rows if Problem.GONE in row.get("trouble", ())]
    if lost:
        return _("Nothing in the settings differs. What was deleted on {clusters} is made again.").format(
            clusters=", ".join(lost)
        )
    return _("Nothing differs from what runs: it is deployed again as it is.")
