"""Which clusters an action of a person deploys to: on restricted ones it takes the right to approve releases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from apps_mgmt import drafts
from apps_mgmt.models import App, Deployed, Revision
from apps_mgmt.spec import AppSpec, load
from portal import access
from portal.access import Actor
from portal.access.permissions import APP_DEPLOY
from releases import asking, going_back, moving
from releases.drift import taking
from releases.models import Release, Target
from releases.ways_back import settled
from tenants.clusters import restricting


def guard(subject: App | Release, action: Any, *, actor: Actor) -> None:
    """See `portal.operations.actions.Guard`. Stopping a release, and going back with it, is never kept from anybody
    who may deploy. What moves an app, or its traffic, deploys it, too.
    """
    app = subject.app if isinstance(subject, Release) else subject
    if isinstance(action, asking.MoveApp | asking.WeighRoute):
        access.require(actor, APP_DEPLOY, tenant_id=app.tenant_id, app_id=app.pk)
    if found := restricting.of_tenant(app.tenant_id):
        there = restricting.among(found, clusters(subject, action))
        restricting.require(actor, there, tenant_id=app.tenant_id, app_id=app.pk)


def warnings(app: App, spec: AppSpec, *, found: restricting.Found, only: Iterable[str] = ()) -> list[str]:
    """What is to be known of the clusters that a release of the spec reaches, of `only` some if there are any named;
    `found` are the tenant's.
    """
    return restricting.warnings(restricting.among(found, [*only] or reached(app, spec))) if found else []


def clusters(subject: App | Release, action: Any) -> set[str]:
    """The names of the clusters where an action that is guarded does something."""
    return {*_CLUSTERS[type(action)](subject, action)}


def reached(app: App, spec: AppSpec) -> set[str]:
    """Where a release of a spec does something: where it is placed, and where it has to go from."""
    running = Deployed.objects.filter(app=app).values_list("cluster_name", flat=True)
    return {one.cluster for one in spec.placement.targets} | set(running)


def _started(app: App, action: asking.StartRelease) -> Iterable[str]:
    return action.clusters or reached(app, _spec(drafts.revision_of(app, action.revision)))


def _rolled_back(app: App, action: asking.RollBack) -> Iterable[str]:
    action = settled(app, action)
    return action.clusters or reached(app, going_back.spec_for(app, going_back.source_of(app, action.number), action))


def _again(app: App, action: asking.Redeploy) -> Iterable[str]:
    return reached(app, _spec(going_back.again(app, action)[1]))


def _as_it_runs(app: App, action: asking.RestartProcess | asking.StopApp | asking.StartApp) -> Iterable[str]:
    return reached(app, _spec(drafts.deployed_revision(app)))


def _moved(app: App, action: asking.MoveApp) -> Iterable[str]:
    return {action.source, action.target} | reached(app, moving.spec_for(app, action))


def _taken_over(app: App, action: asking.TakeOver) -> Iterable[str]:
    asked = taking.asked(app, action, actor=Actor.engine(), note="")
    return asked.clusters or reached(app, _spec(asked.revision))


def _adopted(app: App, action: asking.AdoptWorkload) -> Iterable[str]:
    return reached(app, action.spec)


def _gone_on(release: Release, action: Any) -> Iterable[str]:
    """All of them: what goes on with one cluster comes to the next."""
    return Target.objects.filter(release=release).values_list("cluster_name", flat=True)


def _at_one(subject: Any, action: asking.DeleteInstance) -> Iterable[str]:
    return (action.cluster,)


def _spec(revision: Revision | None) -> AppSpec:
    return load(revision.spec) if revision else AppSpec()


_CLUSTERS: dict[type, Callable[[Any, Any], Iterable[str]]] = {
    asking.StartRelease: _started,
    asking.RollBack: _rolled_back,
    asking.Redeploy: _again,
    asking.RestartProcess: _as_it_runs,
    asking.StopApp: _as_it_runs,
    asking.StartApp: _as_it_runs,
    asking.DeleteInstance: _at_one,
    asking.MoveApp: _moved,
    asking.TakeOver: _taken_over,
    asking.AdoptWorkload: _adopted,
    asking.ResumeRelease: _gone_on,
    asking.PromoteRelease: _gone_on,
    asking.PromoteFully: _gone_on,
    asking.WeighRoute: _gone_on,
    asking.ApproveRelease: _gone_on,
    asking.OverrideFreeze: _gone_on,
    asking.RetryTarget: _gone_on,
    asking.SkipStep: _gone_on,
}
GUARDED = frozenset(_CLUSTERS)
ENDS = frozenset({asking.AbortRelease, asking.PauseRelease, asking.RejectRelease})
"""What makes no release go on. Any other action of this room is guarded, or it is not registered."""
