"""The shell around the machine: a release hears an event, and everything that follows is written in one transaction.

Locks are taken in the order app → release → outbox → topics → audit head. Everything that happens to the releases of
an app in one transaction is one `Turn`; what readers are told (status, live pages, audit) is written at its end, once.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps_mgmt.models import App, Deployed
from portal import live, outbox
from portal.access import Actor
from portal.audit.models import AuditEntry
from portal.audit.recording import Change, Subject, record
from portal.failpoints import reach
from releases import building, calendar_at_turn, effects, holding, keeping, notices, starting, status
from releases.changes import ReleaseChange, RunChange, StepChange, TargetChange, evolve
from releases.draft import Decision
from releases.events import Event, Started
from releases.loading import snapshot_of
from releases.machine import decide
from releases.models import Release, Target
from releases.states import ACTIVE, AS_IT_RUNS, TERMINAL, ReleaseKind, ReleaseState, TargetState
from releases.waiting import asks
from tenants.models import Tenant

EFFECT, SETTLE = "release.effect", "release.settle"


def dispatch(release_id: uuid.UUID | str, event: Event) -> bool:
    """Let a release hear an event. True when it meant something; an event for a release that is gone means nothing."""
    with transaction.atomic():
        app = _locked().filter(releases__pk=release_id).first()
        if app is None:
            return False
        with turn_of(app) as open_turn:
            return open_turn.hear(release_id, event)


@contextmanager
def turn(app_id: uuid.UUID | str) -> Iterator[Turn]:
    """Lock an app and let its releases hear events. Raises App.DoesNotExist."""
    with transaction.atomic(), turn_of(_locked().get(pk=app_id)) as open_turn:
        yield open_turn


def _locked() -> QuerySet[App]:
    return App.objects.select_for_update(of=("self",), no_key=True).select_related("tenant")


@contextmanager
def turn_of(app: App) -> Iterator[Turn]:
    """The same for an app that is locked already, in the present transaction."""
    open_turn = Turn(app)
    yield open_turn
    open_turn.close()


class Turn:
    """What happens to the releases of one locked app within one transaction."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._heard: dict[uuid.UUID, Release] = {}
        self._ended: list[Release] = []
        self._told: list[tuple[Release, dict[str, Any]]] = []
        self._status = False
        self._moved = False
        self._asks = False
        self._held: set[uuid.UUID] = set()

    def hear(self, release_id: uuid.UUID | str, event: Event) -> bool:
        """Decide what an event means for a release of this app, and write it down. True when it meant something."""
        release = Release.objects.select_for_update(of=("self",)).get(pk=release_id, app=self.app)
        if release.is_over:
            return False
        if isinstance(event, Started) and self._has_to_wait(release):
            self._held.add(release.pk)
            return False
        return self._decide(release, event)

    def begin(self, release: Release) -> None:
        """Start a release that this transaction has just written, while no other is active."""
        self._decide(release, Started())

    def _decide(self, release: Release, event: Event) -> bool:
        release.app = self.app
        now = timezone.now()
        if isinstance(event, Started) and release.state == ReleaseState.WAITING:
            calendar_at_turn.keep(release)
        starts = isinstance(event, Started)
        before = snapshot_of(release, targets=starting.look_back(release) if starts else None)
        decision = decide(before, event, now)
        # What begins at all was asked in this very transaction.
        if decision.enters and not starts and (kept := holding.kept_back(release, before)):
            decision = decide(replace(before, kept=kept), event, now)
        if not decision.changes:
            return False
        self._fence(release, decision)
        keeping.keep(release, decision.changes, event=event, now=now)
        building.take_in(release, before, decision.changes)
        self._told += [(release, told) for told in notices.among(before, decision.changes)]
        self._deployed(release, decision)
        self._send(release, decision)
        self._heard[release.pk] = release
        self._status |= any(not isinstance(change, RunChange) for change in decision.changes)
        self._moved |= any(isinstance(change, ReleaseChange) for change in decision.changes)
        after = before
        for change in decision.changes:
            after = evolve(after, change)
        replanned = any(isinstance(change, StepChange) for change in decision.changes)
        self._asks |= replanned or asks(before) != asks(after)
        if after.state in TERMINAL:
            self._end(release)
        return True

    @property
    def asks(self) -> bool:
        """Whether anything came to wait for people in this turn, or waits for them no more."""
        return self._asks

    def observed(self) -> None:
        """The clusters said something new: the app's status is written anew at the end of the turn."""
        self._status = True

    def close(self) -> None:
        """Write what readers look at. Called once, when nothing more happens in the turn."""
        if not self._heard and not self._status and not self._held:
            return
        topics = [f"app:{self.app.pk}", *(f"release:{pk}" for pk in {*self._heard, *self._held})]
        if self._asks or self._told:
            topics.append(f"waiting:{self.app.tenant_id}")
        if self._status:
            recent = self._recent()
            topics += [f"release:{one.pk}" for one in recent if one.pk not in {*self._heard, *self._held}]
            if status.refresh(self.app, recent=recent) or self._moved:
                topics.append(f"tenant:{self.app.tenant_id}")
        live.touch(*topics)
        for release, told in self._told:
            notices.write(release, told)
        for release in self._ended:
            _audit_end(release)
        reach("turn.before")
        transaction.on_commit(partial(reach, "turn.after"))

    def _recent(self) -> list[Release]:
        """Whose pages show what is so now, the newest first: the active release, the newest, whose old instances may
        yet go, and the one before it, which offers a way back for as long as nobody has taken one.
        """
        rows = Release.objects.filter(app=self.app)
        newest = rows.order_by("-number").values("pk")[:2]
        watched = rows.filter(Q(state__in=ACTIVE) | Q(pk__in=newest)).order_by("-number")
        return list(watched.only("number", "state", "created_at", "started_at", "ended_at"))

    def _has_to_wait(self, release: Release) -> bool:
        """One active release per app; whoever waits is started when all before it have ended. And none begins while
        the app is locked, its tenant suspended, or anything that was asked when it was frozen is not so any more: that
        is read anew, because whoever suspends, restricts or rules waits for no release.
        """
        queued = Q(state=ReleaseState.WAITING, number__lt=release.number)
        before = Release.objects.filter(Q(state__in=ACTIVE) | queued, app=self.app).exclude(pk=release.pk)
        if self.app.locked_reason or before.exists():
            return True
        release.app = self.app
        return Tenant.objects.filter(pk=self.app.tenant_id, suspended=True).exists() or bool(holding.kept_by(release))

    def _fence(self, release: Release, decision: Decision) -> None:
        """A release that begins, or turns round, outranks every write that is still on its way."""
        turning = (ReleaseState.RUNNING, ReleaseState.ROLLING_BACK)
        moves = [change.state for change in decision.changes if isinstance(change, ReleaseChange)]
        begins = release.fence == 0 or ReleaseState.ROLLING_BACK in moves
        if begins and any(state in turning for state in moves):
            self.app.fence += 1
            self.app.save(update_fields=["fence"])
            release.fence = self.app.fence

    def _send(self, release: Release, decision: Decision) -> None:
        for order in decision.effects:
            if isinstance(order.effect, effects.SetTimer):
                transaction.on_commit(outbox.tell_clock, robust=True)
                continue
            payload = {
                "release": str(release.pk),
                "cluster": order.run.cluster,
                "step": order.run.step,
                "attempt": order.run.attempt,
                "key": order.key,
                "fence": release.fence,
                "effect": effects.dump(order.effect),
            }
            outside = isinstance(order.effect, effects.Outside)
            stream = "" if outside else effects.stream(self.app.pk, order.run.cluster)
            share = effects.share(order.effect, cluster_id=order.run.cluster, tenant_id=self.app.tenant_id)
            outbox.add(EFFECT, payload, stream=stream, share=share)

    def _deployed(self, release: Release, decision: Decision) -> None:
        """Write down what runs where a target has settled: what it brought, or what it went back to."""
        settled = {
            change.cluster: change.state
            for change in decision.changes
            if isinstance(change, TargetChange) and change.state in (TargetState.DONE, TargetState.ROLLED_BACK)
        }
        rows = Target.objects.filter(release=release, cluster_id__in=settled).select_related("release")
        for target in rows.select_related("before__release").defer("manifests", "before__manifests"):
            back = settled[str(target.cluster_id)] is TargetState.ROLLED_BACK
            _settle(self.app, target, runs=target.before if back else target)
        if settled:
            status.open_to(self.app)

    def _end(self, release: Release) -> None:
        self._ended.append(release)
        outbox.add(SETTLE, {"release": str(release.pk)})
        waiting = Release.objects.filter(app=self.app, state=ReleaseState.WAITING).order_by("number")
        following = waiting.values_list("pk", flat=True).first()
        if following:
            self.hear(following, Started())


def _settle(app: App, target: Target, *, runs: Target | None) -> None:
    """One row of what runs on a cluster: that of the target which now runs there, none when that left nothing."""
    if runs is None or runs.release.kind == ReleaseKind.DELETE or not runs.object_keys:
        Deployed.objects.filter(app=app, cluster_id=target.cluster_id).delete()
        return
    revision = {"revision_id": runs.release.revision_id}
    values = {"release_id": runs.release_id, "cluster_name": target.cluster_name, "stopped": runs.release.stopped}
    known = values if runs.release.kind in AS_IT_RUNS else values | revision
    Deployed.objects.update_or_create(
        app=app, cluster_id=target.cluster_id, defaults=known, create_defaults=values | revision
    )


def _went_wrong(release: Release) -> bool:
    """Whether it ended otherwise than was asked for: by itself, not by somebody's word."""
    if release.state in (ReleaseState.SUCCEEDED, ReleaseState.SUPERSEDED):
        return False
    return (release.reason or {}).get("code") != "aborted"


def _audit_end(release: Release) -> None:
    # From when it began, as its page counts: what it waited for its turn took somebody else's time.
    begun = release.started_at or release.created_at
    seconds = round((release.ended_at - begun).total_seconds(), 1) if release.ended_at else 0
    told = {"release": release.number, "state": release.state, "seconds": seconds}
    if release.state == ReleaseState.ROLLED_BACK and not release.targets.filter(before__isnull=False).exists():
        # It went back to nothing: nothing was brought back.
        told["removed"] = True
    tenant = release.app.tenant
    subject = Subject("release", str(release.pk), f"{release.app.name} #{release.number}", tenant.pk, tenant.name)
    outcome = AuditEntry.FAILED if _went_wrong(release) else AuditEntry.DONE
    change = Change(operation="release.ended", outcome=outcome, result=told, reason=release.why)
    record(change, actor=Actor.engine(), subject=subject)
