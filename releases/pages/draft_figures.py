"""The banner of an app's page: what waits in the draft, and what a release under way brings beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt import preview_rows
from apps_mgmt.drafts import Undeployed
from apps_mgmt.models import App, Revision
from apps_mgmt.spec import AppSpec, as_restarted, load
from portal.audit.wording import words_of
from releases.ahead import brings_draft
from releases.models import Release
from releases.pages import links
from releases.states import ReleaseState

_GOING_BACK = (ReleaseState.ABORTING, ReleaseState.ROLLING_BACK)


def draft_view(
    app: App,
    waiting: Undeployed,
    *,
    active: Release | None,
    beside: Release | None = None,
    actions: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The banner of what is not deployed yet, where anything waits. `beside`: see `beside_view`."""
    assert app.draft is not None
    before = load(waiting.deployed.spec) if waiting.deployed else AppSpec()
    brings = active if active and brings_draft(app, active) else None
    under_way, goes_back = (None, brings) if brings and brings.state in _GOING_BACK else (brings, None)
    return {
        "count": len(waiting.changes),
        "missing": "" if waiting.drafted else ", ".join(waiting.missing),
        "sentence": "" if under_way else _draft_sentence(waiting),
        "release": under_way.number if under_way else None,
        "release_url": links.release_url(app, under_way.number) if under_way else "",
        "groups": preview_rows.spec_rows(before, as_restarted(load(app.draft.spec), {"": before})),
        "changes": [_change(one) for one in waiting.changes],
        "beside": _beside_sentence(beside) if beside else _back_sentence(goes_back) if goes_back else "",
        "actions": list(actions),
    }


def beside_view(app: App, release: Release) -> dict[str, Any]:
    """The banner where the draft is what stands, but the release under way brings what the draft does not hold."""
    assert app.draft is not None
    brought = load(release.revision.spec)
    return {
        "count": 0,
        "beside": _beside_sentence(release),
        "beside_only": True,
        "release": release.number,
        "release_url": links.release_url(app, release.number),
        "groups": preview_rows.spec_rows(as_restarted(load(app.draft.spec), {"": brought}), brought),
        "changes": [],
        "actions": [],
    }


def _beside_sentence(release: Release) -> str:
    sentence = _("Release {number} under way brings something that is not in the draft.")
    return sentence.format(number=release.number)


def _back_sentence(release: Release) -> str:
    return _("Release {number}, which brought it, is being taken back.").format(number=release.number)


def _draft_sentence(waiting: Undeployed) -> str:
    if waiting.deployed is None:
        return _("Nothing of this app is deployed yet.")
    number = waiting.deployed.number
    if not waiting.changes:
        return _("(revision {number})").format(number=number)
    people = ", ".join(sorted({one.actor_name for one in waiting.changes if one.actor_name})) or _("the engine")
    if waiting.diverged:
        sentence = _("by {people}, and what runs (revision {number}) was made beside the draft")
        return sentence.format(people=people, number=number)
    return _("by {people} since revision {number}").format(people=people, number=number)


def _change(revision: Revision) -> dict[str, Any]:
    return {
        "at": revision.created_at,
        "who": revision.actor_name,
        "text": words_of(revision.operation, revision.input),
        "note": revision.note,
        "key": str(revision.number),
    }
