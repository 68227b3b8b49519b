"""The draft where clusters differ: what discarding it goes to."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps_mgmt.drafts import Undeployed, newest_on, standing_on, undeployed
from apps_mgmt.models import App
from portal.errors import Refused


def beyond_the_newest(app: App) -> Undeployed:
    """What of the draft the newest that stands on any cluster lacks; clusters behind that are left out."""
    return undeployed(app, standing=newest_on(app))


def refuse_to_discard(app: App, waiting: Undeployed) -> None:
    """Raise Refused where the draft is that newest already, and other clusters are behind."""
    behind = sorted(standing_on(app).keys() - waiting.on.keys())
    if waiting.drafted or not behind:
        return
    sentence = _(
        "There is nothing to discard: the draft is what stands on {here}. Deploy it to bring it to {behind}, too."
    )
    raise Refused(sentence.format(here=", ".join(waiting.on), behind=", ".join(behind)))
