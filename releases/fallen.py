"""What became of the workloads of an app outside Slipway, in sentences for the preview of a release."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps_mgmt.models import App, AppStatus
from releases.ahead import Ahead
from releases.states import Problem
from releases.wording import advice_of


def nothing_new(app: App, front: Ahead | None) -> str:
    """What a release does that changes nothing of the settings; `front`: what is before it."""
    if front:
        sentence = _("Nothing differs from what release {number} brings: it is deployed again as it is.")
        return sentence.format(number=front.last.number)
    status = AppStatus.objects.filter(app=app).first()
    rows = status.clusters if status else ()
    for row in rows:
        if {Problem.UNPREPARED, Problem.REPLACED} & {*row.get("trouble", ())}:
            sentence = _("Nothing in the settings differs. On {cluster}: {words}")
            return sentence.format(cluster=row["name"], words=advice_of(row["trouble"]))
    lost = [row["name"] for row in rows if Problem.GONE in row.get("trouble", ())]
    if lost:
        return _("Nothing in the settings differs. What was deleted on {clusters} is made again.").format(
            clusters=", ".join(lost)
        )
    return _("Nothing differs from what runs: it is deployed again as it is.")
