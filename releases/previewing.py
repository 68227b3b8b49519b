"""What a release would bring, shown before it is started: what runs compared with what would."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from apps_mgmt import drafts, previewing
from apps_mgmt.models import App
from apps_mgmt.spec import AppSpec, load
from portal.operations.subject import Preview
from releases import going_back
from releases.asking import RestartProcess, RollBack, StartRelease
from releases.freeze import peak_of, quota_source
from releases.models import Release
from releases.not_yet import not_yet
from releases.states import ACTIVE
from tenants.clusters import grants_of
from tenants.models import TenantCluster


def start(subject: App, action: StartRelease) -> Preview:
    """The draft against what runs."""
    return against_what_runs(subject, load(drafts.revision_of(subject, action.revision).spec))


def rolling(app: App, spec: AppSpec, grants: Sequence[TenantCluster]) -> tuple[str, dict[str, int]]:
    """What a release of the spec would reserve while it rolls, under a name that no reservation has yet."""
    return quota_source(uuid.UUID(int=0)), peak_of(app, spec, grants=grants)


def roll_back(subject: App, action: RollBack) -> Preview:
    """The old revision against what runs."""
    return against_what_runs(
        subject, going_back.spec_for(subject, going_back.source_of(subject, action.number), action)
    )


def restart(subject: App, action: RestartProcess) -> Preview:
    """Nothing changes but that instances are new."""
    names = [action.process] if action.process else [one.name for one in _running(subject).processes]
    sentence = _("Every instance of {processes} is replaced by a new one, a few at a time.")
    return Preview(warnings=[sentence.format(processes=", ".join(names))])


def against_what_runs(app: App, spec: AppSpec) -> Preview:
    """Changes and the room that the release needs while it rolls."""
    grants = grants_of(app.tenant_id)
    source, asked = rolling(app, spec, grants)
    preview = previewing.preview_spec(app, _running(app), spec, grants=grants, source=source, asked=asked)
    preview = replace(preview, warnings=[*(str(one) for one in not_yet(spec)), *preview.warnings])
    active = Release.objects.filter(app=app, state__in=ACTIVE).first()
    if active is None:
        return preview
    sentence = _("Release {number}, started by {who}, is still under way: queue behind it, or stop it.")
    words = sentence.format(number=active.number, who=active.actor_name)
    return replace(preview, warnings=[words, *preview.warnings])


def _running(app: App) -> AppSpec:
    revision = drafts.deployed_revision(app)
    return load(revision.spec) if revision else AppSpec()
