"""A restart is a release of what runs, with a new time in the pod template: so its instances are replaced as ever."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from apps_mgmt import drafts, forbidding
from apps_mgmt.models import App, Deployed, Revision
from apps_mgmt.spec import AppSpec, as_restarted, load, unstamped
from portal.errors import Refused
from releases import standing
from releases.ahead import ahead
from releases.asking import RestartProcess
from releases.models import Release
from releases.standing import half_way
from releases.states import ReleaseState


def revision_for(app: App, action: RestartProcess, *, actor_name: str) -> Revision:
    """What runs, restarted, beside the draft: a restart changes nothing that somebody could deploy or take back."""
    running = drafts.deployed_revision(app)
    if running is None:
        raise Refused(_("{app} runs nowhere yet. Deploy it first.").format(app=app.name))
    refuse_unequal(app, then=then_restart())
    spec = restarted(load(running.spec), action)
    told = {"process": action.process, "at": action.at}
    return drafts.add_beside(app, spec, base=running, operation=drafts.RESTART, input=told, actor_name=actor_name)


def then_restart() -> str:
    """What to do first where something is not restarted as it runs."""
    return _("Deploy or roll back first, then restart.")


def carried(app: App, revision: Revision, *, only: Sequence[str] = (), actor_name: str) -> Revision:
    """The revision with the times at which what stands, or comes before it, was restarted: who deploys another number
    of instances replaces none of them. The very revision where it has them, else one beside the draft.
    """
    if not Revision.objects.filter(app=app, operation=drafts.RESTART).exists():
        return revision
    spec = load(revision.spec)
    in_front = ahead(app)
    kept = as_restarted(spec, in_front.specs if in_front else standing.specs(app), only=only)
    if kept == spec:
        return revision
    # What it has besides is the draft's, so it counts as the draft that was restarted.
    at = max(one.restarted_at for one in kept.processes)
    told = {"process": "", "at": at}
    return drafts.add_beside(app, kept, base=revision, operation=drafts.RESTART, input=told, actor_name=actor_name)


def refuse_unequal(app: App, *, then: str) -> None:
    """Raise Refused where clusters run different revisions, or one stands where a release ended half way: what changes
    nothing would bring one of them to the others. `then`: what may be done about it, in a sentence.
    """
    if broken_off := half_way(app):
        number = max(target.release.number for target in broken_off.values())
        sentence = _("Release {number} ended half way on {clusters}. {then}")
        raise Refused(sentence.format(number=number, clusters=", ".join(broken_off), then=then))
    refuse_different(app, then=then)


def refuse_different(app: App, *, then: str) -> None:
    """Raise Refused where different revisions were deployed to the clusters. `then`: as for `refuse_unequal`."""
    rows = Deployed.objects.filter(app=app).order_by("cluster_name").values_list("cluster_name", "revision__digest")
    if len({digest for _cluster, digest in rows}) > 1:
        sentence = _("{clusters} do not run the same revision. {then}")
        raise Refused(sentence.format(clusters=", ".join(cluster for cluster, _digest in rows), then=then))


def alike(releases: Iterable[Release]) -> set[int]:
    """The revisions that succeeded and differ from what one of these releases brings in nothing but what restarting and
    stopping leave, with their own. Going back to one of them would change nothing. One query.
    """
    wanted: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    found = set()
    for release in releases:
        wanted[release.app_id].append(unstamped(release.revision.spec))
        found.add(release.revision_id)
    return found | _succeeded(wanted)


def forbidden(apps: Iterable[App]) -> set[int]:
    """The revisions that succeeded and may not be released again, those included that were restarted since. Two
    queries, none where nothing is forbidden.
    """
    return _succeeded({pk: list(specs.values()) for pk, specs in forbidding.specs_of(apps).items() if specs})


def _succeeded(wanted: Mapping[UUID, Collection[Mapping[str, Any]]]) -> set[int]:
    """The revisions that succeeded and are one of the specs wanted of their app, but for those stamps."""
    good = Release.objects.filter(app__in=wanted, state=ReleaseState.SUCCEEDED).values("revision")
    rows = Revision.objects.filter(pk__in=good).values_list("pk", "app_id", "spec") if wanted else ()
    return {pk for pk, app_id, spec in rows if unstamped(spec) in wanted[app_id]}


def restarted(spec: AppSpec, action: RestartProcess) -> AppSpec:
    """The spec with the time of the restart on one process, or on all."""
    names = [action.process] if action.process else [one.name for one in spec.processes]
    for name in names:
        spec = spec.with_process(name, restarted_at=action.at)
    return spec
