"""A part that goes back in the queue: whether what it came with is what runs when its turn comes."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps_mgmt.models import Deployed, Revision
from apps_mgmt.spec import load
from releases import going_back, newness
from releases.models import Release
from releases.states import TERMINAL, ReleaseKind, ReleaseState


def lost_its_ground(release: Release) -> str:
    """Why a part that waited for its turn would now come with what does not run: the release in front of it, the rest
    of which stays, did not succeed. Blank where it did, for what is taken whole, and for all other releases.
    """
    front = _front(release)
    if front is None or front.state not in TERMINAL or front.state == ReleaseState.SUCCEEDED:
        return ""
    return "" if _runs_all_the_same(release) else _sentence(release, front)


def undone(release: Release, *, before: Release) -> str:
    """The same of one that waits behind another, as it would be when that is stopped before its end."""
    front = _front(release)
    if front is None or front.pk != before.pk or _runs_all_the_same(release):
        return ""
    return _sentence(release, front)


def _front(release: Release) -> Release | None:
    """The release in the queue whose other part one keeps; None where it keeps none of that."""
    told = release.revision.input
    source = release.source if release.kind == ReleaseKind.ROLLBACK else None
    if source is None or source.revision_id == release.revision_id or going_back.BEHIND not in told:
        return None
    return Release.objects.filter(app=release.app, number=told[going_back.BEHIND]).first()


def _runs_all_the_same(release: Release) -> bool:
    """Whether what is deployed, which is not what was in front, gives the same with the part that goes back."""
    if release.source is None:
        return False
    old, made = load(release.source.revision.spec), newness.made_from(load(release.revision.spec))
    what = release.revision.input["what"]
    running = Revision.objects.filter(pk__in=Deployed.objects.filter(app=release.app).values("revision"))
    return {newness.made_from(going_back.mixed(old, load(one.spec), what=what)) for one in running} == {made}


def _sentence(release: Release, front: Release) -> str:
    if release.revision.input["what"] == "image":
        sentence = _(
            "Release {number}, whose configuration it keeps, did not succeed, so that is not what runs. Stop it, and "
            "roll {app} back anew."
        )
    else:
        sentence = _(
            "Release {number}, whose images it keeps, did not succeed, so they are not what runs. Stop it, and roll "
            "{app} back anew."
        )
    return sentence.format(number=front.number, app=release.app.name)
