"""What the room tells the rooms below when Django is ready: its subject, its actions, its outbox handlers."""

from __future__ import annotations

from typing import Any

from celery.signals import worker_init
from django.utils.translation import gettext_lazy as _

from portal.audit.wording import register_sentence


def connect() -> None:
    from releases import acting, deleting, effect_runner, settling, statuses, subject, sweep

    assert all((deleting, effect_runner, settling, statuses, sweep))  # imported for the handlers they register
    subject.register()
    acting.connect()
    register_sentence("release.ended", _("release {release} ended: {state} after {seconds} s"))
    worker_init.connect(_warm_up)


def _warm_up(**_signal: Any) -> None:
    from releases.gateway import warm_up

    warm_up()
