"""What the room tells the rooms below when Django is ready: its subject, its actions, its outbox handlers."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from celery.signals import worker_init
from django.utils.translation import gettext_lazy as _

from portal.audit.wording import register_sentence
from portal.operations import actions

# Modules that register an outbox handler when they are imported.
HANDLERS = (
    "checkpoint_posting",
    "clusters.regular",
    "deleting",
    "effect_runner",
    "losing",
    "provisioning.runner",
    "resuming",
    "settling",
    "statuses",
    "sweep",
    "thawing",
)


def connect() -> None:
    from apps_mgmt import app_subject, deleting, drafts, left_numbers
    from apps_mgmt import previewing as edits
    from apps_mgmt.operations.releasing import step_checks
    from releases import (
        acting,
        expressions,
        foretelling,
        frozen_meanwhile,
        holding,
        notices,
        previewing,
        remains,
        reserving,
        standing,
        stopping,
        subject,
        wording,
    )
    from releases.clusters import cluster_subject, keeping, platform_subject
    from releases.clusters.values import CheckCluster, PrepareCluster, RemoveCluster
    from releases.provisioning import asking
    from tenants import freezes

    for name in HANDLERS:
        import_module(f"releases.{name}")
    subject.register()
    acting.connect()
    platform_subject.register()
    cluster_subject.register()
    actions.handle(CheckCluster, keeping.checked, preview=cluster_subject.preview_check)
    actions.handle(RemoveCluster, keeping.remove, preview=cluster_subject.preview_remove)
    actions.handle(PrepareCluster, asking.ask, preview=asking.preview)
    edits.rolls_with(previewing.rolling, known=reserving.now)
    left_numbers.counted_by(reserving.left_with)
    edits.isolated_by(standing.other_isolations)
    edits.goes_by(foretelling.of_draft)
    edits.met_by(foretelling.of_others)
    drafts.stands_by(standing.standing)
    left = remains.left
    deleting.remains_by(lambda app: [cluster.name for cluster in left(app)], says=previewing.stopped_by_deleting)
    freezes.names(frozen_meanwhile.named)
    step_checks.complaints[:] = [expressions.why_unreadable]
    app_subject.more_pickers["instance"] = stopping.choices
    app_subject.half_stopped[:] = [stopping.ended_half_way]
    app_subject.queues[:] = [lambda app: bool(holding.line_of(app)[1])]
    ended = _("release {release} ended: {state} after {seconds}")
    register_sentence("release.ended", ended, title=_("End a release"), told=wording.end_told)
    built = _("built {image} for {processes} with release {release}")
    register_sentence(drafts.BUILT, built, title=_("Build"))
    register_sentence(notices.NOTICE, _("release {release} told {channel}: {message}"), title=_("Tell"))
    sentence = _("made {what} ready on {cluster}: {state} after {seconds} s")
    register_sentence("provision.ended", sentence, title=_("Make ready"))
    worker_init.connect(_warm_up)


def _warm_up(**_signal: Any) -> None:
    from releases.gateway import warm_up

    warm_up()
