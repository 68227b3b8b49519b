"""Starting a release: freeze it, make room for it where that was asked, and let it hear that it is its turn."""

from __future__ import annotations

import dataclasses

from django.utils.translation import gettext as _

from portal.errors import Conflict
from releases.engine import Turn
from releases.events import AbortAsked
from releases.freeze import Asked, freeze
from releases.models import Release
from releases.states import ACTIVE, After, ReleaseState


def launch(turn: Turn, asked: Asked, *, supersede: bool = False, wait: bool = False, offers: bool = True) -> Release:
    """Freeze and start a release of the turn's app. Raises Conflict, naming the choices, while another one is active.

    `supersede` stops the active one where it is and goes on from there; `wait` queues behind it; `offers`: whether
    whoever asked could have said one of the two.
    """
    active = Release.objects.filter(app=turn.app, state__in=ACTIVE).first()
    if active is not None and not offers:
        sentence = _("Release {number}, started by {who}, is still under way. Try again when it is over, or stop it.")
        raise Conflict(sentence.format(number=active.number, who=active.actor_name), code="release_active")
    if active is not None and not (supersede or wait):
        sentence = _(
            "Release {number}, started by {who}, is still under way. Wait for it to end, queue this one behind it, or "
            "stop it and go on with this one."
        )
        raise Conflict(
            sentence.format(number=active.number, who=active.actor_name),
            code="release_active",
            fields={"wait": [_("Queue this one behind it.")], "supersede": [_("Stop it and go on with this one.")]},
        )
    state = ReleaseState.PLANNED if active is None else ReleaseState.WAITING
    release = freeze(turn.app, dataclasses.replace(asked, state=state))
    if supersede:
        _clear(turn, for_release=release, by=asked.actor.username, active=active)
    if active is None:
        turn.begin(release)
    else:
        release.refresh_from_db()  # where the active one stopped at once, it has begun
    return release


def _clear(turn: Turn, *, for_release: Release, by: str, active: Release | None) -> None:
    """Whoever queued before is superseded as well; the active one starts what waits when it has stopped."""
    waiting = Release.objects.filter(app=turn.app, state=ReleaseState.WAITING).exclude(pk=for_release.pk)
    for pk in waiting.values_list("pk", flat=True):
        turn.hear(pk, AbortAsked(by=by, after=After.SUPERSEDE))
    if active is not None:
        turn.hear(active.pk, AbortAsked(by=by, after=After.SUPERSEDE))
