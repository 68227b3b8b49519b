"""Why something cannot be done to what runs of an app: nothing does, as far as releases go."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps_mgmt.values import AppFacts


def nowhere(value: AppFacts) -> str:
    """A sentence where no release has succeeded that still stands; blank where one has.

    What a release made before it failed may be there all the same, so this says of the release what became of it.
    """
    if value.deployed:
        return ""
    if value.releasing:
        return _("Its first release is under way. Wait for it to end.")
    if value.failed:
        sentence = _("Release {number} failed, and none has succeeded yet. Change what it fails on, then deploy again.")
        return sentence.format(number=value.failed)
    return _("It runs nowhere yet. Deploy it first.")
