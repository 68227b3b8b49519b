"""What a release would bring, shown before it is started: what runs compared with what would."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps_mgmt import previewing
from apps_mgmt.drafts import deployed_revision
from apps_mgmt.models import App, Revision
from apps_mgmt.spec import AppSpec, load
from portal.operations.subject import Preview
from releases import going_back
from releases.asking import RestartProcess, RollBack, StartRelease


def start(subject: App, action: StartRelease) -> Preview:
    """The draft against what runs."""
    return _against_what_runs(subject, load(Revision.objects.get(app=subject, number=action.revision).spec))


def roll_back(subject: App, action: RollBack) -> Preview:
    """The old revision against what runs."""
    return _against_what_runs(
        subject, going_back.spec_for(subject, going_back.source_of(subject, action.number), action)
    )


def restart(subject: App, action: RestartProcess) -> Preview:
    """Nothing changes but that instances are new."""
    names = [action.process] if action.process else [one.name for one in _running(subject).processes]
    sentence = _("Every instance of {processes} is replaced by a new one, a few at a time.")
    return Preview(warnings=[sentence.format(processes=", ".join(names))])


def _against_what_runs(app: App, spec: AppSpec) -> Preview:
    return previewing.preview_spec(app, _running(app), spec)


def _running(app: App) -> AppSpec:
    revision = deployed_revision(app)
    return load(revision.spec) if revision else AppSpec()
