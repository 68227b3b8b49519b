"""Revisions and the draft: making one, moving back, and listing what is not deployed yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps_mgmt.models import App, Deployed, Revision
from apps_mgmt.spec import AppSpec, digest, dump, load

MAX_LISTED = 50


@dataclass(frozen=True)
class Undeployed:
    """How the draft differs from what runs. `changes` are the revisions in between, the newest first.

    `diverged`: the draft no longer stands on what is deployed, as after a rollback; then the whole difference counts.
    """

    changes: Sequence[Revision]
    deployed: Revision | None
    diverged: bool = False
    more: bool = False

    @property
    def count(self) -> int:
        return len(self.changes) or int(self.diverged)


def spec_of(app: App) -> AppSpec:
    """The spec of the draft."""
    return load(app.draft.spec) if app.draft is not None else AppSpec()


def add_revision(
    app: App, spec: AppSpec, *, operation: str, input: Mapping[str, Any], actor_name: str, note: str = ""
) -> Revision:
    """Write the next revision on the draft and make it the draft. The app row is locked and saved by the caller."""
    app.created_revisions += 1
    revision = Revision.objects.create(
        app=app,
        number=app.created_revisions,
        spec=dump(spec),
        digest=digest(spec),
        base=app.draft,
        operation=operation,
        input=dict(input),
        actor_name=actor_name,
        note=note,
    )
    app.draft = revision
    return revision


def deployed_revision(app: App) -> Revision | None:
    """The revision that runs; where clusters differ, the newest of them. None before the first release."""
    row = Deployed.objects.filter(app=app).select_related("revision").order_by("-revision__number").first()
    return row.revision if row else None


def _slowest_revision(app: App) -> Revision | None:
    """The oldest revision that a cluster still runs: what that cluster lacks still waits to be deployed."""
    row = Deployed.objects.filter(app=app).select_related("revision").order_by("revision__number").first()
    return row.revision if row else None


def undeployed(app: App) -> Undeployed:
    """What the next deploy would bring: the chain of revisions from the draft back to what runs."""
    running, draft = _slowest_revision(app), app.draft
    if draft is None or (running is not None and running.digest == draft.digest):
        return Undeployed(changes=(), deployed=running)
    floor = running.number if running else 0
    rows = Revision.objects.filter(app=app, number__gt=0, number__lte=draft.number).order_by("-number")
    by_id = {row.pk: row for row in rows.filter(number__gt=max(0, floor - 1))[:1000]}
    chain: list[Revision] = []
    at: Revision | None = by_id.get(draft.pk)
    while at is not None and (running is None or at.pk != running.pk):
        chain.append(at)
        at = by_id.get(at.base_id) if at.base_id else None
    met = at is not None if running is not None else True
    listed = chain if met else []
    return Undeployed(changes=listed[:MAX_LISTED], deployed=running, diverged=not met, more=len(listed) > MAX_LISTED)
