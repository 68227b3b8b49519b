"""What a preview says of a release that brings what was deployed already."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from apps_mgmt.models import App, AppStatus
from releases.ahead import Ahead
from releases.drift.looking import drifts, is_scaling
from releases.fallen import LOST
from releases.states import Problem
from releases.wording import advice_of


def said(app: App, front: Ahead | None, *, only: Collection[str] = ()) -> str:
    """That nothing differs, from what one in `front` of it brings or from what runs; or what does all the same, where
    somebody changed that. `only`: on these clusters.
    """
    if front:
        sentence = _("Nothing differs from what release {number} brings: it is deployed again as it is.")
        return sentence.format(number=front.last.number)
    status = AppStatus.objects.filter(app=app).first()
    rows = status.clusters if status else ()
    if fallen := [row for row in rows if LOST & {*row.get("trouble", ())}]:
        sentence = _("On {cluster}: {words}")
        told = [sentence.format(cluster=row["name"], words=advice_of(row["trouble"])) for row in fallen]
        return " ".join([_("Nothing in the settings differs."), *told])
    lost = [row["name"] for row in rows if Problem.GONE in row.get("trouble", ())]
    if lost:
        return _("Nothing in the settings differs. What was deleted on {clusters} is made again.").format(
            clusters=", ".join(lost)
        )
    changed = sorted(
        {one.cluster for one in drifts(app) if not (is_scaling(one) or (only and one.cluster not in only))}
    )
    if changed:
        sentence = _("Nothing in the settings differs. What runs on {clusters} was changed outside Slipway.")
        return sentence.format(clusters=", ".join(changed))
    return _("Nothing differs from what runs: it is deployed again as it is.")
