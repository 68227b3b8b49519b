from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import RELEASE
from portal.operations.fields import TextField, readable
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases.asking import OverrideFreeze, ReleaseFacts
from releases.operations.release import answers


class OverrideFreezeOperation(Operation):
    """Let a release go on although its app is frozen, or its window is closed. The reason is kept.

    It passes the freezes that are in the calendar by now, the platform's too, also on clusters that come to them later:
    for the time that they have now. What somebody freezes, or prolongs, afterwards holds it again.
    """

    name = "release.override"
    kind = NOW
    subject = RELEASE
    title = _("Override the freeze or window")
    permission = permissions.RELEASE_APPROVE
    sentence = _("let release {release} go on before its time: {note}")
    icon = "sun"
    allowed_while_locked = True
    example = {"note": "It repairs the checkout"}

    class Input(serializers.Serializer[Any]):
        note = TextField(
            label=_("Why"), max_length=2000, validators=[readable], help_text=_("Kept in the log and with the release.")
        )
        step = answers.step()

    def hidden(self, value: ReleaseFacts) -> Collection[str]:
        return ("step",)

    def blocked(self, value: ReleaseFacts) -> Any:
        if value.can_be_overridden:
            return None
        return answers.CLOSED if value.waits_for_day else _("It waits for no freeze and no window now.")

    def apply(self, value: ReleaseFacts, resolved: Mapping[str, Any]) -> OverrideFreeze:
        step = answers.meant(resolved["step"], value.override_at)
        return OverrideFreeze(reason=resolved["note"], step=step)
