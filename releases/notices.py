"""What releases told people on their way: written to the log, and shown for a week to those whom it was for."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.translation import gettext as _

from apps_mgmt.spec import AppSpec
from apps_mgmt.spec.steps import leaves
from apps_mgmt.spec.steps_acting import NotifyStep
from portal import access
from portal.access import Actor, permissions
from portal.audit.models import AuditEntry
from portal.audit.recording import Change, Subject, record
from portal.errors import Refused
from releases import changes
from releases.models import Release, Step, StepRun
from releases.snapshot import Snapshot
from releases.states import RunState
from releases.steps.notify import TOLD
from tenants.held import holds
from tenants.models import Tenant
from tenants.roles import rights_of_roles

NOTICE = "release.told"
KEPT = timedelta(days=7)
MOST = 50


@dataclass(frozen=True)
class Notice:
    """What a release told, and when."""

    release: Release
    message: str
    at: datetime


def refuse_unknown(spec: AppSpec, tenant: Tenant) -> None:
    """Raise Refused for a step that tells a role which there is not: nobody would hear of it."""
    steps = [step for step in leaves(spec.release.steps) if isinstance(step, NotifyStep)]
    known = [*rights_of_roles(tenant)] if any(step.channel != NotifyStep.EVERYONE for step in steps) else []
    for step in steps:
        if step.channel not in (NotifyStep.EVERYONE, *known):
            sentence = _("{step} tells {channel}, which is no role of {tenant}. Choose one of {known}, or everyone.")
            words = {"step": step.name, "channel": step.channel, "tenant": tenant.name, "known": ", ".join(known)}
            raise Refused(sentence.format(**words), field="strategy")


def among(before: Snapshot, made: Iterable[changes.Change]) -> Iterator[dict[str, Any]]:
    """What is told by these changes: {channel, message}."""
    for change in made:
        if not isinstance(change, changes.RunChange) or change.state is not RunState.DONE:
            continue
        if TOLD in change.output and before.step(change.ref.step).kind == "notify":
            yield change.output[TOLD]


def write(release: Release, told: dict[str, Any]) -> None:
    """An entry of the log. It takes the head of its chain, so it comes last in a transaction."""
    tenant = release.app.tenant
    subject = Subject("release", str(release.pk), f"{release.app.name} #{release.number}", tenant.pk, tenant.name)
    change = Change(operation=NOTICE, outcome=AuditEntry.DONE, result={"release": release.number, **told})
    record(change, actor=Actor.engine(), subject=subject)


def told_to(actor: Actor, tenant_id: uuid.UUID) -> list[Notice]:
    """What this person was told in a tenant of late, the newest first; looked up once per actor."""
    key = ("notices", tenant_id)
    if key not in actor.cache:
        actor.cache[key] = _found(actor, tenant_id)
    found: list[Notice] = actor.cache[key]
    return found


def _found(actor: Actor, tenant_id: uuid.UUID) -> list[Notice]:
    step = Step.objects.filter(release=OuterRef("release"), number=OuterRef("step"), kind="notify")
    rows = StepRun.objects.filter(
        Exists(step),
        state=RunState.DONE,
        output__has_key=TOLD,
        ended__gte=timezone.now() - KEPT,
        release__app__tenant=tenant_id,
        release__in=access.visible(actor, Release, permissions.APP_VIEW).values("pk"),
    )
    told = rows.annotate(channel=KT("output__told__channel"))
    held = holds(actor.user_id, tenant_id, role="channel", app_id="release__app_id")
    mine = told.filter(Q(channel=NotifyStep.EVERYONE) | Q(held))
    runs = mine.select_related("release__app__tenant").order_by("-ended", "-pk")[:MOST]
    return [Notice(run.release, run.output[TOLD]["message"], run.ended) for run in runs if run.ended]
