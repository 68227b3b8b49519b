"""Starting a release: freeze it, make room for it where that was asked, and let it hear that it is its turn."""

from __future__ import annotations

import dataclasses

from django.utils.translation import gettext as _

from portal.errors import Conflict
from releases import holding
from releases.engine import Turn
from releases.events import AbortAsked
from releases.freeze import Asked, freeze
from releases.models import Release
from releases.standing import Present
from releases.states import After, ReleaseKind, ReleaseState

PASSES = frozenset({ReleaseKind.RESTART, ReleaseKind.ACT})


def launch(
    turn: Turn,
    asked: Asked,
    *,
    supersede: bool = False,
    wait: bool = False,
    offers: bool = True,
    present: Present | None = None,
) -> Release:
    """Freeze and start a release of the turn's app. Raises Conflict, naming the choices, while another is before it:
    active, or in the queue and held there, which would undo this one when its turn comes after all.

    `supersede` stops what is before it and goes on from there; `wait` queues behind it; `offers`: whether whoever asked
    could have said one of the two; `present` is for `freeze`. What leaves the app as it runs passes those that are
    held.
    """
    active, queued = holding.line_of(turn.app)
    before = active or (None if asked.kind in PASSES else next(iter(queued), None))
    if before is not None and not offers:
        sentence = _("{under_way} Try again when it is over, or stop it.")
        raise Conflict(sentence.format(under_way=_under_way(before)), code="release_active")
    if before is not None and not (supersede or wait):
        if held := holding.waits_for(before):
            sentence = _("{under_way} {held} Or queue this one behind it, or stop it and go on with this one.")
        else:
            sentence = _(
                "{under_way} Wait for it to end, queue this one behind it, or stop it and go on with this one."
            )
        raise Conflict(
            sentence.format(under_way=_under_way(before), held=held),
            code="release_active",
            fields={"wait": [_("Queue this one behind it.")], "supersede": [_("Stop it and go on with this one.")]},
        )
    state = ReleaseState.PLANNED if before is None else ReleaseState.WAITING
    line = holding.in_front((active, queued), alone=supersede or before is None)
    behind = () if supersede else line
    release = freeze(turn.app, dataclasses.replace(asked, state=state), line=line, behind=behind, present=present)
    if supersede:
        _clear(turn, for_release=release, by=asked.actor.username, active=active)
    if before is None:
        turn.begin(release)
    else:
        release.refresh_from_db()  # where what was before it stopped at once, it has begun
    return release


def _under_way(before: Release) -> str:
    if before.state == ReleaseState.WAITING:
        sentence = _("Release {number}, started by {who}, waits for its turn.")
    else:
        sentence = _("Release {number}, started by {who}, is still under way.")
    return sentence.format(number=before.number, who=before.actor_name)


def _clear(turn: Turn, *, for_release: Release, by: str, active: Release | None) -> None:
    """Whoever queued before is superseded as well; the last of them to stop, the active one, starts what waits."""
    waiting = Release.objects.filter(app=turn.app, state=ReleaseState.WAITING).exclude(pk=for_release.pk)
    told = AbortAsked(by=by, after=After.SUPERSEDE, deletes=for_release.kind == ReleaseKind.DELETE)
    for pk in waiting.values_list("pk", flat=True):
        turn.hear(pk, told)
    if active is not None:
        turn.hear(active.pk, told)
