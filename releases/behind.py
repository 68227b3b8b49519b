"""What becomes of a release that waits behind another one when that is stopped, or goes on: said before, told after."""

from __future__ import annotations

from django.utils.translation import gettext as _

from releases import at_rest, holding, parts
from releases.models import Release
from releases.states import After, ReleaseState


def foretold(release: Release, after: After) -> str:
    """When its turn comes, and why it would be held then; blank where nothing waits behind the release."""
    following = _following(release)
    if following is None:
        return ""
    why = at_rest.undone(following, before=release, after=after) or parts.undone(following, before=release)
    held = _("It is held then. {why}").format(why=why) if why else ""
    return " ".join(filter(None, (_turn(following, before=release), held)))


def queued(release: Release) -> str:
    """When the turn of what waits behind a release comes that goes on; blank where nothing does."""
    following = _following(release)
    return _turn(following, before=release) if following else ""


def _following(release: Release) -> Release | None:
    waiting = Release.objects.filter(app_id=release.app_id, state=ReleaseState.WAITING, number__gt=release.number)
    return waiting.select_related("app__tenant", "revision").order_by("number").first()


def _turn(following: Release, *, before: Release) -> str:
    sentence = _("Release {number}, started by {who}, waits behind it: its turn comes when release {before} is over.")
    return sentence.format(number=following.number, who=following.actor_name, before=before.number)


def told(release: Release) -> str:
    """The same of a release that was aborted; of one that is over already, why what waits does not begin."""
    if not release.is_over:
        return foretold(release, release.stopping or After.HOLD)
    active, waiting = holding.line_of(release.app)
    if active or not waiting:
        return ""
    sentence = _("It is the turn of release {number}, started by {who}, which is held. {why}")
    following, why = waiting[0], holding.waits_for(waiting[0])
    return sentence.format(number=following.number, who=following.actor_name, why=why)
