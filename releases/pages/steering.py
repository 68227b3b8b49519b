"""What to do about a release that is stuck: try again where it failed, skip what it waits for; each by its form."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from releases import promoting
from releases.loading import snapshot_of
from releases.models import Release
from releases.open_runs import Rows, UnderWay
from releases.pages import links
from releases.skipping import spots
from releases.states import ReleaseState
from releases.waiting import FOR_A_WORD

_GOING = (ReleaseState.RUNNING, ReleaseState.PAUSED)
MOST = 3
"""More rows of a kind are one, which leads to the form with nothing filled in."""


def stuck_actions(release: Release, found: UnderWay) -> list[dict[str, Any]]:
    """The rows of *More* of a release of which this is under way, for somebody who may deploy."""
    if release.state not in _GOING:
        return []
    open_ones = [one for one in spots(release, found) if not one.why_not]
    again = [_row(release, "release.retry", _again(name), "refresh-cw", cluster=name) for name in found.failed]
    skips = [
        _row(release, "release.skip", _skip(one.title, one.cluster), "skip-forward", cluster=one.cluster, step=one.step)
        for one in open_ones
    ]
    return [
        *(again if len(again) <= MOST else [_row(release, "release.retry", _("Try again…"), "refresh-cw")]),
        *(skips if len(skips) <= MOST else [_row(release, "release.skip", _("Skip a step…"), "skip-forward")]),
    ]


def all_the_way(release: Release, rows: Rows | None = None) -> list[dict[str, Any]]:
    """The row that lets a release go on past whatever waits for a word, where something does until its end."""
    if rows:
        waits = any(one.kind in FOR_A_WORD and not one.back for one in rows.steps)
    else:
        waits = release.steps.filter(kind__in=FOR_A_WORD, back=False).exists()
    if release.state not in _GOING or not waits:
        return []
    if not promoting.ahead(snapshot_of(release)).passes:
        return []
    return [_row(release, "release.promote_full", _("Go on to the end…"), "fast-forward")]


def _row(release: Release, operation: str, title: str, icon: str, **fields: object) -> dict[str, Any]:
    return {"title": title, "url": links.release_form_url(release, operation, **fields), "icon": icon}


def _again(cluster: str) -> str:
    return _("Try again on {cluster}…").format(cluster=cluster)


def _skip(step: str, cluster: str) -> str:
    return _("Skip “{step}” on {cluster}…").format(step=step, cluster=cluster)
