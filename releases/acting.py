"""Carries out what people ask of releases, inside the transaction of `perform`, with the app locked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from apps_mgmt.drafts import revision_of
from apps_mgmt.models import App
from apps_mgmt.ruling import broken
from apps_mgmt.spec import load
from portal.access import Actor
from portal.operations import actions
from portal.operations.actions import Carried
from portal.operations.subject import Preview
from releases import (
    adopting,
    asking,
    away,
    differing,
    engine,
    going_back,
    holding,
    moving,
    planning,
    previewing,
    restarting,
    restricting,
    routing,
    standing,
    stopping,
    taking_again,
    telling,
)
from releases.drift import taking
from releases.freeze import Asked
from releases.launching import launch
from releases.models import Release
from releases.states import BRINGS_NONE, ReleaseKind
from releases.waiting import check_approver
from releases.ways_back import leads_to, settled
from tenants.clusters import grants_of
from tenants.rules import rules_now


def start(subject: App, action: asking.StartRelease, *, actor: Actor, note: str) -> Carried:
    revision = revision_of(subject, action.revision)
    asked = Asked(
        kind=ReleaseKind.DEPLOY,
        revision=restarting.carried(subject, revision, only=action.clusters, actor_name=actor.username),
        actor=actor,
        note=action.note or note,
        clusters=action.clusters,
    )
    said = taking_again.told(action)
    return _launched(subject, asked, said=said, supersede=action.supersede, wait=action.wait, offers=True)


def roll_back(subject: App, action: asking.RollBack, *, actor: Actor, note: str) -> Carried:
    action = settled(subject, action)
    source = going_back.good(subject, action.number)
    spec = going_back.spec_for(subject, source, action)
    way = going_back.way_for(subject, source, spec, action)
    asked = Asked(
        kind=ReleaseKind.ROLLBACK,
        revision=going_back.revision_for(subject, source, action, spec, way, actor_name=actor.username),
        actor=actor,
        note=action.note or note,
        clusters=action.clusters,
        source=source,
        way=way,
        let_through=going_back.is_let_through(subject, source, action),
    )
    over = _in_spite_of(subject, asked)
    told = {"back_to": source.number, **over}
    said = taking_again.told(action)
    return _launched(subject, asked, told=told, said=said, supersede=action.supersede, wait=action.wait, offers=True)


def redeploy(subject: App, action: asking.Redeploy, *, actor: Actor, note: str) -> Carried:
    source, revision = going_back.again(subject, action)
    origin = source or going_back.that_runs(subject)
    asked = Asked(
        kind=ReleaseKind.DEPLOY,
        revision=revision,
        actor=actor,
        note=action.note or note,
        source=origin,
        let_through=source is None or going_back.is_last_good(subject, source),
        within=not leads_to(subject, origin),
        way=going_back.way_again(revision),
    )
    over = _in_spite_of(subject, asked)
    told = {"again": revision.number, **over}
    said = taking_again.told(action)
    return _launched(subject, asked, told=told, said=said, supersede=action.supersede, wait=action.wait, offers=True)


def stop(subject: App, action: asking.StopApp, *, actor: Actor, note: str) -> Carried:
    return _launched(subject, stopping.stop(subject, actor, note))


def start_again(subject: App, action: asking.StartApp, *, actor: Actor, note: str) -> Carried:
    asked = stopping.start(subject, actor, note)
    return _launched(subject, asked, told=_in_spite_of(subject, asked))


def delete_instance(subject: App, action: asking.DeleteInstance, *, actor: Actor, note: str) -> Carried:
    return _launched(subject, stopping.delete(subject, action, actor, note))


def restart(subject: App, action: asking.RestartProcess, *, actor: Actor, note: str) -> Carried:
    revision = restarting.revision_for(subject, action, actor_name=actor.username)
    return _launched(subject, Asked(kind=ReleaseKind.RESTART, revision=revision, actor=actor, note=note))


def move(subject: App, action: asking.MoveApp, *, actor: Actor, note: str) -> Carried:
    revision = moving.revision_for(subject, action, actor_name=actor.username)
    asked = Asked(kind=ReleaseKind.MOVE, revision=revision, actor=actor, note=action.note or note, fills=action.target)
    said = taking_again.told(action)
    return _launched(subject, asked, said=said, supersede=action.supersede, wait=action.wait, offers=True)


def take_over(subject: App, action: asking.TakeOver, *, actor: Actor, note: str) -> Carried:
    asked = taking.asked(subject, action, actor=actor, note=note)
    taking.no_longer_left(subject, action)
    return _launched(subject, asked)


def adopt(subject: App, action: asking.AdoptWorkload, *, actor: Actor, note: str) -> Carried:
    revision = adopting.revision_for(subject, action, actor_name=actor.username, note=note)
    said = "\n".join(part for part in (adopting.told(action), note) if part)
    asked = Asked(kind=ReleaseKind.DEPLOY, revision=revision, actor=actor, note=said)
    return _launched(subject, asked, told={"taken_from": list(action.managers)})


def guard_approval(subject: Release, action: asking.ApproveRelease, *, actor: Actor) -> None:
    """Raise, when it is done and when it is only tried, where it is not for this person to approve."""
    restricting.guard(subject, action, actor=actor)
    check_approver(subject, actor=actor, steps=action.steps)


def connect() -> None:
    """Register the handlers with the kernel."""
    starting: dict[type, tuple[Callable[..., Carried], Callable[..., Preview]]] = {
        asking.StartRelease: (start, previewing.start),
        asking.RollBack: (roll_back, previewing.roll_back),
        asking.Redeploy: (redeploy, previewing.redeploy),
        asking.StopApp: (stop, stopping.preview_stop),
        asking.StartApp: (start_again, stopping.preview_start),
        asking.DeleteInstance: (delete_instance, stopping.preview_delete),
        asking.RestartProcess: (restart, previewing.restart),
        asking.MoveApp: (move, moving.preview),
        asking.TakeOver: (take_over, taking.preview),
        asking.AdoptWorkload: (adopt, adopting.preview),
    }
    handlers: dict[type, tuple[Callable[..., Mapping[str, Any] | Carried], Callable[..., Preview]]] = {
        **{action: (handler, away.before(preview)) for action, (handler, preview) in starting.items()},
        **{action: telling.saying(action) for action in telling.WORDS},
    }
    for action, (handler, preview) in handlers.items():
        if action not in restricting.GUARDED | restricting.ENDS:
            raise ImproperlyConfigured(f"{action.__name__} is neither guarded nor ends a release: see `restricting`.")
        guard: actions.Guard | None = restricting.guard if action in restricting.GUARDED else None
        own: dict[type, actions.Guard] = {asking.ApproveRelease: guard_approval, asking.WeighRoute: routing.guard}
        actions.handle(action, handler, preview=preview, guard=own.get(action, guard))


def _launched(
    app: App,
    asked: Asked,
    *,
    told: Mapping[str, Any] = MappingProxyType({}),
    said: Sequence[str] = (),
    supersede: bool = False,
    wait: bool = False,
    offers: bool = False,
) -> Carried:
    """The release that was started, and `told` of it besides, with what is `said` before its other warnings; with the
    difference it makes.
    """
    present = None if asked.kind in BRINGS_NONE else standing.present(app)
    places = present.places if present else ()
    differs = differing.rows(app, asked, queues=wait and not supersede, places=places)
    with engine.turn_of(app) as turn:
        release = launch(turn, asked, supersede=supersede, wait=wait, offers=offers, present=present)
    said = [*said, *holding.told(release, asks=turn.asks), *away.told(release)]
    return Carried({**telling.answer(release, app), **told, **({"warnings": said} if said else {})}, differs)


def _in_spite_of(app: App, asked: Asked) -> dict[str, Any]:
    """`{over_quota: [words]}` of what is let through though it does not fit, with what `_broken_rules` says."""
    if not asked.let_through:
        return {}
    if asked.within:
        return _broken_rules(asked)
    sentence = _("{label}: {after} of {limit}")
    spec = planning.going_by(load(asked.revision.spec), asked.way)
    lines = previewing.short(app, spec, grants_of(app.tenant_id), starts=asked.kind is ReleaseKind.START)
    words = [sentence.format(label=one.label, after=one.after_text, limit=one.limit_text) for one in lines]
    return ({"over_quota": words} if words else {}) | _broken_rules(asked)


def _broken_rules(asked: Asked) -> dict[str, Any]:
    """`{broken_rules: [sentences]}` of what is let through although it breaks rules of the platform; else nothing."""
    spec = planning.going_by(load(asked.revision.spec), asked.way)
    found = [one.sentence for one in broken(spec, rules_now())]
    return {"broken_rules": found} if found else {}
