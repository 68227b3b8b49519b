"""What waits for one person: releases of a tenant that this person may let go on, approve or turn down."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from portal import access
from portal.access import Actor, permissions
from releases.models import Release, Step, StepRun, Target
from releases.states import ReleaseState, RunState
from releases.waiting import FOR_A_DAY, FOR_A_WORD, FOR_APPROVAL, FOR_PEOPLE, FREEZE, is_for
from tenants.held import Held, roles_of

MOST = 500
_GOING = (ReleaseState.RUNNING, ReleaseState.PAUSED)
_UNTIL_TOLD = frozenset({"waits_for_person", "wave_waits_for_person"})


@dataclass
class Asked:
    """A step at which a release waits for a word, on these clusters, since the first of them came to it.

    `word`: this person may let it go on; `approval`: may approve it, or turn it down; `day`: may override the calendar.
    """

    release: Release
    step: int
    kind: str
    why: str
    since: datetime
    word: bool
    approval: bool
    day: bool = False
    clusters: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Rights:
    """To which releases this person may say which word, and with which roles in the tenant and on its apps."""

    word: frozenset[Any]
    approval: frozenset[Any]
    user: str
    roles: Held


def asked_of(actor: Actor, tenant_id: uuid.UUID) -> list[Asked]:
    """What the actor may answer in a tenant now, the longest waiting first; looked up once per actor.

    One query where nothing waits, which is nearly always, and as many as there are words where something does.
    """
    key = ("inbox", tenant_id)
    if key not in actor.cache:
        runs = _runs(tenant_id)
        actor.cache[key] = _answerable(runs, _rights(actor, tenant_id, runs)) if runs else []
    asked: list[Asked] = actor.cache[key]
    return asked


def _runs(tenant_id: uuid.UUID) -> list[Any]:
    """All runs of the tenant that wait for a word, each with the kind and options of its step, and its cluster."""
    step = Step.objects.filter(release=OuterRef("release"), number=OuterRef("step"))
    waiting = StepRun.objects.filter(
        Exists(step.filter(kind__in=FOR_PEOPLE)),
        state=RunState.WATCHING,
        release__state__in=_GOING,
        release__app__tenant=tenant_id,
        release__app__tenant__suspended=False,
    )
    target = Target.objects.filter(release=OuterRef("release"), cluster_id=OuterRef("cluster_id"))
    rows = waiting.annotate(
        kind=Subquery(step.values("kind")[:1]),
        options=Subquery(step.values("options")[:1]),
        cluster=Subquery(target.values("cluster_name")[:1]),
    )
    return list(rows.select_related("release__app__tenant").order_by("started", "pk")[:MOST])


def _rights(actor: Actor, tenant_id: uuid.UUID, runs: list[Any]) -> _Rights:
    ids = {run.release_id for run in runs}
    word, approval = (
        frozenset(access.visible(actor, Release, right).filter(pk__in=ids).values_list("pk", flat=True))
        for right in (permissions.APP_DEPLOY, permissions.RELEASE_APPROVE)
    )
    return _Rights(word, approval, user=actor.username, roles=roles_of(actor.user_id, tenant_id))


def _answerable(runs: list[Any], rights: _Rights) -> list[Asked]:
    """A person's word is for all clusters at once, and so is what is asked."""
    found: dict[tuple[Any, int], Asked] = {}
    for run in runs:
        word = run.kind in FOR_A_WORD and run.release_id in rights.word
        approval = run.kind in FOR_APPROVAL and run.release_id in rights.approval
        day = run.kind in FOR_A_DAY and run.release_id in rights.approval
        if not (word or approval or day) or not _waits_for(run, rights):
            continue
        new = Asked(run.release, run.step, run.kind, run.why, run.started, word=word, approval=approval, day=day)
        found.setdefault((run.release_id, run.step), new).clusters.append(run.cluster)
    return list(found.values())


def _waits_for(run: Any, rights: _Rights) -> bool:
    """Whether it waits for a person, not only for a time, and for this one."""
    if run.kind == "approval":
        return _is_approver(run, rights)
    if run.kind == "window":
        return bool(run.options.get("override"))
    if run.kind == "hold" and run.options.get("seconds"):
        return False
    return run.kind in ("note", FREEZE) or (run.reason or {}).get("code") in _UNTIL_TOLD


def _is_approver(run: Any, rights: _Rights) -> bool:
    options: Mapping[str, Any] = run.options
    if rights.user in run.output.get("approved", ()):
        return False
    if not options.get("author") and rights.user == run.release.actor_name:
        return False
    return is_for(options, username=rights.user, roles=rights.roles.on(run.release.app_id))
