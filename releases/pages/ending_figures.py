"""What the end of a release is called: one that went back to nothing has brought nothing back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from releases.models import Release, Target
from releases.states import ReleaseState
from releases.wording import RELEASE_STATES, REMOVED


def word(release: Release, targets: Sequence[Target]) -> str:
    """What the state of a release is called on its page."""
    if release.state == ReleaseState.ROLLED_BACK and all(one.before_id is None for one in targets):
        return str(REMOVED)
    return str(RELEASE_STATES[ReleaseState(release.state)])


def looks(release: Release, *, removed: frozenset[UUID]) -> dict[str, Any]:
    """Its state as a pill in a list shows it, see `portal.ui.states.state_of`."""
    word = REMOVED if release.pk in removed else RELEASE_STATES[ReleaseState(release.state)]
    return {"name": release.state, "word": word}
