"""Whether a release leaves no instance running: what was stopped stays so until somebody starts it.

That is frozen with a release that queues, as what is in front of it will leave the app; and asked again at its turn.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from apps_mgmt.models import App, Deployed
from releases.models import Release, Target
from releases.states import TERMINAL, After, ReleaseKind, ReleaseState

_GOING_BACK = (ReleaseState.ABORTING, ReleaseState.ROLLING_BACK)


def stops(app: App, kind: ReleaseKind, *, line: Sequence[Release] | None = None) -> bool:
    """Whether a release of this kind leaves no instance running.

    Where one is under way, what that will leave is what counts. `line`: those that come before it and are not over, if
    they were read.
    """
    if kind in (ReleaseKind.STOP, ReleaseKind.START):
        return kind is ReleaseKind.STOP
    going = Release.objects.filter(app=app).exclude(state__in=TERMINAL) if line is None else line
    last = max(going, key=lambda one: one.number, default=None)
    if last is not None and last.state not in _GOING_BACK:
        return last.stopped
    return _left(app, going_back=last if last and last.stopping is After.ROLL_BACK else None)


def lost_its_ground(release: Release) -> str:
    """Why a release that waited for its turn would now stop what runs, or start what is stopped: what was in front of
    it did not leave the app so. Blank where it takes the app as it will be found, and where it made way for itself.
    """
    before = Release.objects.filter(app_id=release.app_id, number__lt=release.number)
    line = list(before.exclude(state__in=TERMINAL))
    found = stops(release.app, ReleaseKind(release.kind), line=line)
    if found == release.stopped or (not line and _made_way(release)):
        return ""
    return _sentence(release)


def undone(release: Release, *, before: Release, after: After) -> str:
    """The same of one that waits behind another, as it would be when that is stopped, and then does this."""
    if before.state == ReleaseState.WAITING:
        line = Release.objects.filter(app_id=release.app_id, number__lt=before.number).exclude(state__in=TERMINAL)
        found = stops(release.app, ReleaseKind(release.kind), line=list(line))
    else:
        found = _left(release.app, going_back=before if after is After.ROLL_BACK else None)
    return "" if found == release.stopped else _sentence(release)


def _left(app: App, *, going_back: Release | None) -> bool:
    """Whether the app runs nowhere because it was stopped, as it stands; or as a release that goes back will leave it.
    Of an app that is not deployed at all, False.
    """
    found = dict(Deployed.objects.filter(app=app).values_list("cluster_id", "stopped"))
    if going_back is not None:
        rows = Target.objects.filter(release=going_back)
        for cluster, before, stopped in rows.values_list("cluster_id", "before", "before__release__stopped"):
            if before is None:
                found.pop(cluster, None)
            else:
                found[cluster] = stopped
    return bool(found) and all(found.values())


def _made_way(release: Release) -> bool:
    """Whether it stopped what was in front of it itself, knowing how it would find the app."""
    before = Release.objects.filter(app_id=release.app_id, number__lt=release.number).order_by("-number")
    return before.values_list("state", flat=True).first() == ReleaseState.SUPERSEDED


def _sentence(release: Release) -> str:
    """By its number, as it is said of it to whoever stops another one, too."""
    if release.stopped:
        sentence = _(
            "Release {number} was made to find {app} stopped, and that was undone: release {number} would take every "
            "instance of {app} away. Stop release {number}, and begin the same release anew."
        )
    else:
        sentence = _(
            "Release {number} was made to find {app} running, and {app} is stopped: release {number} would start "
            "{app}. Stop release {number}, and begin the same release anew."
        )
    return sentence.format(number=release.number, app=release.app.name)
