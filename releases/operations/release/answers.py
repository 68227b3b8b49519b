"""What words to a release that waits have in common: at which step they were meant."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.errors import Conflict, Invalid, Refused
from releases.asking import ReleaseFacts, Spot

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
        sentence = _("The release does not wait at step {step}, so that counts for nothing. Look where it waits now.")
        raise Conflict(str(sentence).format(step=step), code="step_passed")
    return step or 0


def to_skip(value: ReleaseFacts, cluster: str, step: int | None) -> Spot:
    """Where a release stands on a cluster: at this step, None for the only one. Raises Conflict where it does not
    stand there any more, Invalid where there are several, and Refused where nobody skips it.
    """
    there = [one for one in value.spots if one.cluster == cluster]
    names = ", ".join(one.title for one in there)
    if not there:
        sentence = _("No step of release {number} is under way on {cluster}, and none has failed there.")
        raise Conflict(str(sentence).format(number=value.number, cluster=cluster), code="step_passed" if step else "")
    meant = [one for one in there if step in (None, one.step)]
    if not meant:
        sentence = _("The release is not at step {step} on {cluster}, so nothing was skipped. It is at: {names}.")
        raise Conflict(str(sentence).format(step=step, cluster=cluster, names=names), code="step_passed")
    if len(meant) > 1:
        sentence = _("Several steps are under way on {cluster}. Say which one to skip: {names}.")
        numbered = ", ".join(f"{one.title} ({one.step})" for one in there)
        said = str(sentence).format(cluster=cluster, names=numbered)
        raise Invalid(said, fields={"step": [said]})
    if meant[0].why_not:
        raise Refused(meant[0].why_not)
    return meant[0]
