"""Rolling back after the end: which release to return to, and the spec that comes out of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from apps_mgmt import forbidding
from apps_mgmt.drafts import RESTART, add_beside, deployed_revision, spec_of
from apps_mgmt.models import App, Deployed, Revision, SecretVersion
from apps_mgmt.spec import AppSpec, Strategy, digest, load
from apps_mgmt.spec.releasing import ReleasePolicy
from apps_mgmt.spec.secrets import with_versions
from portal.errors import Refused
from releases import newness, restarting
from releases.asking import Redeploy, RollBack
from releases.models import Release, Target
from releases.planning import Way
from releases.standing import half_way
from releases.states import ACTIVE, AS_IT_RUNS, BRINGS_NONE, TERMINAL, After, ReleaseKind, ReleaseState
from releases.ways_back import from_last

BEHIND = "behind"
AS_PLANNED = "as_planned"
_GOOD = {"state": ReleaseState.SUCCEEDED.value}


def source_of(app: App, number: int) -> Release:
    """The release to return to. 0: where the last attempt failed, what runs; else the newest that brought something
    else than the last one did.

    What differs in no more than a restart, a stop or a start is nothing else. So from a restart, and from one that
    failed too, it is what was something else before (see `ways_back`).
    """
    releases = Release.objects.filter(app=app).exclude(kind=ReleaseKind.DELETE).select_related("revision")
    if number:
        found = releases.filter(number=number).first()
        if found is None:
            raise Refused(
                _("{app} has no release {number}. See its list of releases.").format(app=app.name, number=number),
                field="release",
            )
        forbidding.refuse(app, found.revision)
        return found
    # What takes instances away, and got through, is no attempt at anything else.
    attempts = releases.exclude(kind__in=AS_IT_RUNS, state=ReleaseState.SUCCEEDED)
    last = attempts.order_by("-number").first()
    good = may_come_back(releases, app).order_by("-number")
    if last is not None and (last.state == ReleaseState.SUCCEEDED or last.kind == ReleaseKind.RESTART):
        good = good.exclude(revision_id__in=restarting.alike([last]))
    found = good.first()
    if found is None:
        raise Refused(_why_none(app, releases.order_by("-number").first()), field="release")
    return found


def _why_none(app: App, last: Release | None) -> str:
    """Why there is nothing to go back to, where `source_of` found nothing: nothing succeeded, or all of it is
    forbidden, or it brought what the last release brought.
    """
    rows = Release.objects.filter(app=app, **_GOOD).exclude(kind__in=BRINGS_NONE)
    rows = rows.exclude(pk=last.pk) if last is not None else rows
    earlier = list(rows.order_by("-number").values_list("number", "revision_id"))
    ran = last.revision if last is not None and last.state == ReleaseState.SUCCEEDED else None
    same = restarting.alike([last]) if last is not None and ran else set()
    others = [str(number) for number, revision_id in earlier if revision_id not in same]
    if others:
        sentence = _(
            "Whatever succeeded earlier is forbidden (releases {others}), so there is nothing to go back to. Allow one "
            "of them again (release.forbid), or change {app} and deploy it."
        )
    elif ran and any(revision_id != ran.pk for _number, revision_id in earlier):
        sentence = _(
            "All releases of {app} that succeeded brought the same, but for restarts, so there is nothing older to go "
            "back to. Change {app} and deploy it, or deploy the same again (release.redeploy)."
        )
    elif earlier:
        sentence = _(
            "All releases of {app} that succeeded brought revision {revision}, so there is nothing older to go back "
            "to. Change {app} and deploy it, or deploy the same again (release.redeploy)."
        )
    else:
        sentence = _("No earlier release of {app} succeeded, so there is nothing to go back to.")
    revision = ran.number if ran else 0
    return sentence.format(app=app.name, others=", ".join(others[:5]), revision=revision)


def that_runs(app: App) -> Release | None:
    """The release that brought what runs, the newest of them; None where nothing runs."""
    running = Deployed.objects.filter(app=app).exclude(release_id=None).values("release_id")
    return Release.objects.filter(app=app, pk__in=running).order_by("-number").first()


def good(app: App, number: int) -> Release:
    """The release to roll back to, as `source_of` finds it. Refused is one that is not over, or ended badly."""
    source = source_of(app, number)
    if source.state == ReleaseState.SUCCEEDED:
        return source
    releases = Release.objects.filter(app=app).exclude(number=number)
    others = [str(one) for one in may_come_back(releases, app).order_by("-number").values_list("number", flat=True)[:5]]
    if others:
        sentence = _("Release {number} did not succeed, so nobody goes back to it. Choose one that did: {others}.")
    else:
        sentence = _("Release {number} did not succeed, and no other of {app} did: there is nothing to go back to.")
    words = sentence.format(number=source.number, others=", ".join(others), app=app.name)
    raise Refused(words, field="release")


def to_nothing(release: Release) -> bool:
    """Whether nothing ran before it on any of its clusters, so that going back from it leaves nothing."""
    return not Target.objects.filter(release=release).exclude(before=None).exists()


def again(app: App, action: Redeploy) -> tuple[Release | None, Revision]:
    """What is released again as it is: what an earlier release brought (and that release), or what runs (and None)."""
    if action.number:
        source = source_of(app, action.number)
        return source, source.revision
    running = deployed_revision(app)
    if running is None:
        raise Refused(_("{app} runs nowhere yet. Deploy it first.").format(app=app.name))
    then = _("Deploy or roll back first, or choose the release to deploy again (release).")
    restarting.refuse_unequal(app, then=then)
    forbidding.refuse(app, running)
    return None, running


def may_come_back(releases: QuerySet[Release], app: App) -> QuerySet[Release]:
    """Those of an app's releases that brought something, succeeded, and are not forbidden."""
    rows = releases.filter(**_GOOD).exclude(kind__in=BRINGS_NONE)
    held = restarting.forbidden([app])
    return rows.exclude(revision__in=held) if held else rows


def is_last_good(app: App, source: Release, *, clusters: Collection[str] = ()) -> bool:
    """Whether it is the last release that succeeded, or brought what ran before one that failed, on all of these
    clusters (none named: wherever it is placed): going back to that is never refused for quota.
    """
    good = Release.objects.filter(app=app, **_GOOD).exclude(kind__in=BRINGS_NONE)
    last = good.order_by("-number").values_list("pk", flat=True).first()
    if last == source.pk:
        return True
    ways = [way for way in from_last(app) if way.number == source.number]
    return any(not way.clusters or (clusters and set(clusters) <= set(way.clusters)) for way in ways)


def is_let_through(app: App, source: Release, action: RollBack) -> bool:
    """Whether neither quota nor rules hold it up: what comes back ran last, and whole."""
    return action.what == "both" and is_last_good(app, source, clusters=action.clusters)


def spec_for(app: App, source: Release, action: RollBack) -> AppSpec:
    """The spec that going back to `source` gives: the parts asked for, with the secrets asked for."""
    old = load(source.revision.spec)
    present = None if action.what == "both" else present_of(app, action).revision
    spec = mixed(old, load(present.spec) if present else old, what=action.what)
    return spec if action.frozen_secrets else with_secrets(spec, _newest(app))


class Present(NamedTuple):
    """What the app is at, and the release that brings it or has half brought it; None where all of it was brought."""

    revision: Revision | None
    release: Release | None = None


def present_of(app: App, action: RollBack) -> Present:
    """What stays where only a part goes back: of the release under way, else of the one that ended half way. For what
    queues, of the last one in front of it.

    One that goes back itself leaves what ran before, and so does one that brings nothing.
    """
    releases = Release.objects.filter(app=app).exclude(state__in=TERMINAL).exclude(kind__in=BRINGS_NONE)
    going = list(releases.select_related("revision").order_by("-number"))
    active = next((one for one in going if one.state in ACTIVE), None)
    last = next((one for one in going if not _goes_back(one)), None)
    if action.wait and not action.supersede and last is not None:
        return Present(last.revision, last)
    if active is not None and not _goes_back(active):
        return Present(active.revision, active)
    left = sorted(half_way(app).values(), key=lambda target: target.release.number)
    if left and active is None:
        return Present(left[-1].release.revision, left[-1].release)
    return Present(deployed_revision(app))


def _goes_back(release: Release) -> bool:
    return release.state == ReleaseState.ROLLING_BACK or release.stopping is After.ROLL_BACK


def stays(app: App, action: RollBack) -> str:
    """Whose part stays, in a sentence: of a release that has not come to its end. Blank where that is what runs."""
    release = None if action.what == "both" else present_of(app, action).release
    if release is None:
        return ""
    if action.what == "image":
        sentence = _("The configuration stays that of release {number}, which has not come to its end.")
    else:
        sentence = _("The images stay those of release {number}, which has not come to its end.")
    if release.state not in TERMINAL and action.wait and not action.supersede:
        sentence += " " + _("If that does not succeed, this does not begin.")
    return sentence.format(number=release.number)


def way_for(app: App, source: Release, spec: AppSpec, action: RollBack) -> Way | None:
    """How it goes. What never ran: in all as a deploy of the app would go now. What ran: at once, each workload by
    itself (None); or in batches, by the strategy that the app has now.

    What replaces a few instances at a time has batches of the usual size; what must not run twice goes as ever.
    """
    policy: ReleasePolicy = spec_of(app).release
    if newness.never_ran(app, spec, source, action.clusters):
        return policy
    own = policy.strategy
    if action.pace == "at-once" or own.kind == "recreate":
        return None
    return Strategy(kind="batches") if own.kind == "rolling" else own


def goes_as_planned(app: App, way: Way | None) -> str:
    """That it goes as a deploy does, and why, in a sentence. Blank where it goes as what ran before."""
    if not isinstance(way, ReleasePolicy):
        return ""
    sentence = _(
        "What comes back never ran together, so it goes as a deploy of {app} does: by its strategy ({strategy}), with "
        "the approvals, windows, jobs and checks that are planned."
    )
    return sentence.format(app=app.name, strategy=way.strategy.kind)


def way_again(revision: Revision) -> ReleasePolicy | None:
    """How a revision goes that is released again: in all as it was to go when it was frozen, where it came back though
    it never ran. None for all others, which go as they say themselves.
    """
    at: Revision | None = revision
    while at is not None and at.operation == RESTART:
        at = at.base
    kept = at.input.get(AS_PLANNED) if at is not None and at.operation == "release.rollback" else None
    return load({**revision.spec, "release": kept}).release if kept is not None else None


def goes_again(source: Release | None, way: Way | None) -> str:
    """That it goes as what it came back with was planned, in a sentence. Blank where `way_again` says nothing."""
    if not isinstance(way, ReleasePolicy):
        return ""
    sentence = _(
        "It goes as release {number} was planned: by its strategy ({strategy}), with the approvals, windows, jobs and "
        "checks of then."
    )
    last = _("What runs goes again as it was planned: by its strategy ({strategy}), with the approvals of then.")
    number = source.number if source else 0
    return (sentence if source else last).format(number=number, strategy=way.strategy.kind)


def revision_for(
    app: App, source: Release, action: RollBack, spec: AppSpec, way: Way | None, *, actor_name: str
) -> Revision:
    """The old revision itself where it is taken whole and ran, else a new one beside the draft. In its input `BEHIND`
    is the number of the release whose other part it keeps, where it queues behind that, and `AS_PLANNED` how it goes,
    where it never ran: whoever releases it again gets past nothing that this waits for.
    """
    told: dict[str, Any] = {"release": source.number, "what": action.what}
    queues = action.what != "both" and action.wait and not action.supersede
    if queues and (front := present_of(app, action).release) and front.state not in TERMINAL:
        told[BEHIND] = front.number
    if isinstance(way, ReleasePolicy):
        told[AS_PLANNED] = way.model_dump(mode="json", exclude_defaults=True)
    if told.keys() == {"release", "what"} and digest(spec) == source.revision.digest:
        return source.revision
    return add_beside(app, spec, base=source.revision, operation="release.rollback", input=told, actor_name=actor_name)


def mixed(old: AppSpec, present: AppSpec, *, what: str) -> AppSpec:
    """The old spec whole, or only its images in the present one, or only what is around the present images."""
    if what == "both":
        return old
    images_of, rest_of = (old, present) if what == "image" else (present, old)
    images = {one.name: one.image for one in images_of.processes}
    changed = (one.change(image=images.get(one.name, one.image)) for one in rest_of.processes)
    return rest_of.change(processes=tuple(changed))


def with_secrets(spec: AppSpec, newest: Mapping[str, int]) -> AppSpec:
    """The spec with today's version of every secret it names."""
    renewed: AppSpec = with_versions(spec, newest)
    return renewed


def _newest(app: App) -> dict[str, int]:
    kept = SecretVersion.objects.filter(app=app, revoked_at=None)
    return dict(kept.values_list("name").annotate(last=Max("number")))
