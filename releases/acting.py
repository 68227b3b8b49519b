"""Carries out what people ask of releases, inside the transaction of `perform`, with the app locked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from django.utils.translation import gettext as _

from apps_mgmt.drafts import revision_of
from apps_mgmt.models import App
from apps_mgmt.ruling import broken
from apps_mgmt.spec import load
from portal.access import Actor
from portal.errors import Refused
from portal.operations import actions
from portal.operations.actions import Carried
from portal.operations.subject import Preview
from releases import (
    adopting,
    answering,
    asking,
    differing,
    engine,
    events,
    going_back,
    moving,
    planning,
    previewing,
    restarting,
    restricting,
    routing,
    standing,
    stopping,
)
from releases.drift import taking
from releases.freeze import Asked
from releases.launching import launch
from releases.models import Release, Target
from releases.states import BRINGS_NONE, ReleaseKind
from releases.waiting import check_approver, refuse_skip
from releases.ways_back import settled
from releases.wording import state_title
from tenants.clusters import grants_of
from tenants.rules import rules_now


def start(subject: App, action: asking.StartRelease, *, actor: Actor, note: str) -> Carried:
    asked = Asked(
        kind=ReleaseKind.DEPLOY,
        revision=revision_of(subject, action.revision),
        actor=actor,
        note=action.note or note,
        clusters=action.clusters,
    )
    return _launched(subject, asked, supersede=action.supersede, wait=action.wait, offers=True)


def roll_back(subject: App, action: asking.RollBack, *, actor: Actor, note: str) -> Carried:
    action = settled(subject, action)
    source = going_back.good(subject, action.number)
    revision = going_back.revision_for(subject, source, action, actor_name=actor.username)
    asked = Asked(
        kind=ReleaseKind.ROLLBACK,
        revision=revision,
        actor=actor,
        note=action.note or note,
        clusters=action.clusters,
        source=source,
        strategy=going_back.strategy_for(subject, action),
        let_through=going_back.is_let_through(subject, source, action),
    )
    over = _in_spite_of(subject, asked)
    told = {"back_to": source.number, **over}
    return _launched(subject, asked, told=told, supersede=action.supersede, wait=action.wait, offers=True)


def redeploy(subject: App, action: asking.Redeploy, *, actor: Actor, note: str) -> Carried:
    source, revision = going_back.again(subject, action)
    asked = Asked(
        kind=ReleaseKind.DEPLOY,
        revision=revision,
        actor=actor,
        note=action.note or note,
        source=source or going_back.that_runs(subject),
        let_through=source is None or going_back.is_last_good(subject, source),
    )
    over = _in_spite_of(subject, asked)
    told = {"again": revision.number, **over}
    return _launched(subject, asked, told=told, supersede=action.supersede, wait=action.wait, offers=True)


def stop(subject: App, action: asking.StopApp, *, actor: Actor, note: str) -> Carried:
    return _launched(subject, stopping.stop(subject, actor, note))


def start_again(subject: App, action: asking.StartApp, *, actor: Actor, note: str) -> Carried:
    asked = stopping.start(subject, actor, note)
    return _launched(subject, asked, told=_broken_rules(asked))


def delete_instance(subject: App, action: asking.DeleteInstance, *, actor: Actor, note: str) -> Carried:
    return _launched(subject, stopping.delete(subject, action, actor, note))


def restart(subject: App, action: asking.RestartProcess, *, actor: Actor, note: str) -> Carried:
    revision = restarting.revision_for(subject, action, actor_name=actor.username)
    return _launched(subject, Asked(kind=ReleaseKind.RESTART, revision=revision, actor=actor, note=note))


def move(subject: App, action: asking.MoveApp, *, actor: Actor, note: str) -> Carried:
    revision = moving.revision_for(subject, action, actor_name=actor.username)
    asked = Asked(kind=ReleaseKind.MOVE, revision=revision, actor=actor, note=action.note or note, fills=action.target)
    return _launched(subject, asked, supersede=action.supersede, wait=action.wait, offers=True)


def take_over(subject: App, action: asking.TakeOver, *, actor: Actor, note: str) -> Carried:
    asked = taking.asked(subject, action, actor=actor, note=note)
    taking.no_longer_left(subject, action)
    return _launched(subject, asked)


def adopt(subject: App, action: asking.AdoptWorkload, *, actor: Actor, note: str) -> Carried:
    revision = adopting.revision_for(subject, action, actor_name=actor.username, note=note)
    said = "\n".join(part for part in (adopting.told(action), note) if part)
    asked = Asked(kind=ReleaseKind.DEPLOY, revision=revision, actor=actor, note=said)
    return _launched(subject, asked, told={"taken_from": list(action.managers)})


def abort(subject: Release, action: asking.AbortRelease, *, actor: Actor, note: str) -> Mapping[str, Any]:
    return _told(subject, events.AbortAsked(by=actor.username, after=action.after))


def pause(subject: Release, action: asking.PauseRelease, *, actor: Actor, note: str) -> Mapping[str, Any]:
    return _told(subject, events.PauseAsked(by=actor.username))


def resume(subject: Release, action: asking.ResumeRelease, *, actor: Actor, note: str) -> Mapping[str, Any]:
    return _told(subject, events.ResumeAsked(by=actor.username))


def promote(subject: Release, action: asking.PromoteRelease, *, actor: Actor, note: str) -> Mapping[str, Any]:
    return _told(subject, events.Promoted(by=actor.username))


def weigh(subject: Release, action: asking.WeighRoute, *, actor: Actor, note: str) -> Mapping[str, Any]:
    routes = routing.weighable(subject).routes.get(action.host, {})
    asked = events.Weighed(by=actor.username, host=action.host, share=action.share, routes=routes)
    return _told(subject, asked)


def approve(subject: Release, action: asking.ApproveRelease, *, actor: Actor, note: str) -> Mapping[str, Any]:
    return _told(subject, events.Approved(by=actor.username, comment=action.comment))


def guard_approval(subject: Release, action: asking.ApproveRelease, *, actor: Actor) -> None:
    """Raise, when it is done and when it is only tried, where it is not for this person to approve."""
    restricting.guard(subject, action, actor=actor)
    check_approver(subject, actor=actor)


def override(subject: Release, action: asking.OverrideFreeze, *, actor: Actor, note: str) -> Mapping[str, Any]:
    return _told(subject, events.Overridden(by=actor.username, comment=action.reason))


def reject(subject: Release, action: asking.RejectRelease, *, actor: Actor, note: str) -> Mapping[str, Any]:
    return _told(subject, events.Rejected(by=actor.username, comment=action.comment))


def retry(subject: Release, action: asking.RetryTarget, *, actor: Actor, note: str) -> Mapping[str, Any]:
    return _told(subject, events.RetryAsked(cluster=_cluster(subject, action.cluster), by=actor.username))


def skip(subject: Release, action: asking.SkipStep, *, actor: Actor, note: str) -> Mapping[str, Any]:
    cluster = _cluster(subject, action.cluster)
    refuse_skip(subject, cluster)
    return _told(subject, events.Skipped(cluster=cluster, by=actor.username))


def connect() -> None:
    """Register the handlers with the kernel."""
    handlers: dict[type, Callable[..., Mapping[str, Any] | Carried]] = {
        asking.StartRelease: start,
        asking.RollBack: roll_back,
        asking.Redeploy: redeploy,
        asking.StopApp: stop,
        asking.StartApp: start_again,
        asking.DeleteInstance: delete_instance,
        asking.RestartProcess: restart,
        asking.MoveApp: move,
        asking.TakeOver: take_over,
        asking.AdoptWorkload: adopt,
        asking.AbortRelease: abort,
        asking.PauseRelease: pause,
        asking.ResumeRelease: resume,
        asking.PromoteRelease: promote,
        asking.WeighRoute: weigh,
        asking.ApproveRelease: approve,
        asking.OverrideFreeze: override,
        asking.RejectRelease: reject,
        asking.RetryTarget: retry,
        asking.SkipStep: skip,
    }
    previews: dict[type, Callable[..., Preview]] = {
        asking.StartRelease: previewing.start,
        asking.RollBack: previewing.roll_back,
        asking.Redeploy: previewing.redeploy,
        asking.StopApp: stopping.preview_stop,
        asking.StartApp: stopping.preview_start,
        asking.DeleteInstance: stopping.preview_delete,
        asking.RestartProcess: previewing.restart,
        asking.MoveApp: moving.preview,
        asking.TakeOver: taking.preview,
        asking.AdoptWorkload: adopting.preview,
        asking.AbortRelease: answering.abort,
        asking.PauseRelease: answering.pause,
        asking.ResumeRelease: answering.resume,
        asking.PromoteRelease: answering.promote,
        asking.WeighRoute: answering.weigh,
        asking.ApproveRelease: answering.promote,
        asking.OverrideFreeze: answering.promote,
        asking.RejectRelease: answering.reject,
        asking.RetryTarget: answering.retry,
        asking.SkipStep: answering.skip,
    }
    for action, handler in handlers.items():
        if action not in restricting.GUARDED | restricting.ENDS:
            raise ImproperlyConfigured(f"{action.__name__} is neither guarded nor ends a release: see `restricting`.")
        guard: actions.Guard | None = restricting.guard if action in restricting.GUARDED else None
        guard = guard_approval if action is asking.ApproveRelease else guard
        actions.handle(action, handler, preview=previews.get(action), guard=guard)


def _launched(
    app: App,
    asked: Asked,
    *,
    told: Mapping[str, Any] = MappingProxyType({}),
    supersede: bool = False,
    wait: bool = False,
    offers: bool = False,
) -> Carried:
    """The release that was started, and `told` of it besides; with the difference it makes."""
    present = None if asked.kind in BRINGS_NONE else standing.present(app)
    places = present.places if present else ()
    differs = differing.rows(app, asked, queues=wait and not supersede, places=places)
    with engine.turn_of(app) as turn:
        release = launch(turn, asked, supersede=supersede, wait=wait, offers=offers, present=present)
    return Carried({**_answer(release, app), **told}, differs)


def _in_spite_of(app: App, asked: Asked) -> dict[str, Any]:
    """`{over_quota: [words]}` of what is let through though it does not fit, with what `_broken_rules` says."""
    if not asked.let_through:
        return {}
    sentence = _("{label}: {after} of {limit}")
    spec = planning.going_by(load(asked.revision.spec), asked.strategy)
    lines = previewing.short(app, spec, grants_of(app.tenant_id))
    words = [sentence.format(label=one.label, after=one.after_text, limit=one.limit_text) for one in lines]
    return ({"over_quota": words} if words else {}) | _broken_rules(asked)


def _broken_rules(asked: Asked) -> dict[str, Any]:
    """`{broken_rules: [sentences]}` of what is let through although it breaks rules of the platform; else nothing."""
    spec = planning.going_by(load(asked.revision.spec), asked.strategy)
    found = [one.sentence for one in broken(spec, rules_now())]
    return {"broken_rules": found} if found else {}


def _told(release: Release, event: events.Event) -> dict[str, Any]:
    if not engine.dispatch(release.pk, event):
        release.refresh_from_db()
        raise Refused(
            _(
                "This is not possible while release {number} is in the state “{state}”. Look at it again when that is "
                "over."
            ).format(number=release.number, state=state_title(release.state))
        )
    release.refresh_from_db()
    return _answer(release, release.app)


def _answer(release: Release, app: App) -> dict[str, Any]:
    url = reverse("release", args=[app.tenant.name, app.name, release.number])
    return {"release": release.number, "state": release.state, "url": url}


def _cluster(release: Release, name: str) -> str:
    target = Target.objects.filter(release=release, cluster_name=name).first()
    if target is None:
        names = ", ".join(Target.objects.filter(release=release).values_list("cluster_name", flat=True))
        sentence = _("Release {number} has no cluster {name}. It goes to {names}.")
        raise Refused(sentence.format(number=release.number, name=name, names=names), field="cluster")
    return str(target.cluster_id)
