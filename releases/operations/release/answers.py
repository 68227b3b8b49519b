"""What words to a release that waits have in common: at which step they were meant."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.errors import Conflict

CLOSED = _("Its window lets nobody through before its time. It opens by itself; or abort the release.")


def step() -> serializers.IntegerField:
    """The step that whoever speaks looked at; blank is whatever waits."""
    return serializers.IntegerField(
        label=_("Step"), min_value=1, max_value=10_000, required=False, allow_null=True, default=None,
        help_text=_("Refused when the release does not wait there any more. Blank: whatever waits."),
    )  # fmt: skip


def meant(step: int | None, waiting: Collection[int]) -> int:
    """The step, 0 for whatever waits. Raises Conflict where nobody waits for a word there: said twice, or by two people
    at once, it would count for the next step, which nobody has looked at.
    """
    if step and step not in waiting:
        sentence = _("Step {step} is behind this release, so nobody is waited for there. Look where it waits now.")
        raise Conflict(str(sentence).format(step=step), code="step_passed")
    return step or 0
