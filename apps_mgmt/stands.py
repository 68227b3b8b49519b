"""The draft where clusters differ: what discarding it goes to.

It goes back one step at a time: to the newest that stands anywhere, from there to the one behind that, and never
forward again, or it would go to and fro.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps_mgmt.drafts import Undeployed, next_behind, standing_on, undeployed
from apps_mgmt.models import App
from portal.errors import Refused


def to_discard(app: App) -> Undeployed:
    """What of the draft is beyond what discarding goes to. Raises Refused where nothing runs, or nothing is behind."""
    standing, behind = standing_on(app), next_behind(app)
    if not standing:
        raise Refused(_("Nothing is deployed yet, so there is nothing to go back to."))
    waiting = undeployed(app, standing=behind)
    if behind and waiting.drafted:
        return waiting
    draft = app.draft.digest if app.draft else ""
    here = sorted(name for name, one in standing.items() if one.digest == draft)
    others = sorted(standing.keys() - {*here})
    if not here or not others:
        raise Refused(_("There is nothing to discard: no change waits in the draft."))
    sentence = _(
        "There is nothing to discard: the draft is what stands on {here}. Deploy it to bring it to {others}, too."
    )
    raise Refused(sentence.format(here=", ".join(here), others=", ".join(others)))
