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
    told = release.revision.input
    source = release.source if release.kind == ReleaseKind.ROLLBACK else None
    if source is None or source.revision_id == release.revision_id or going_back.BEHIND not in told:
        return ""
    front = Release.objects.filter(app=release.app, number=told[going_back.BEHIND]).first()
    if front is None or front.state not in TERMINAL or front.state == ReleaseState.SUCCEEDED:
        return ""
    old, made = load(source.revision.spec), newness.made_from(load(release.revision.spec))
    running = Revision.objects.filter(pk__in=Deployed.objects.filter(app=release.app).values("revision"))
    mixes = {newness.made_from(going_back.mixed(old, load(one.spec), what=told["what"])) for one in running}
    if mixes == {made}:
        return ""
    if told["what"] == "image":
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
