from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import RELEASE
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases.asking import PromoteRelease, ReleaseFacts
from releases.operations.release import answers


class PromoteReleaseOperation(Operation):
    """Let a release go on that waits for a person: its next wave, or its next step."""

    name = "release.promote"
    kind = NOW
    subject = RELEASE
    title = _("Go on")
    permission = permissions.APP_DEPLOY
    sentence = _("let release {release} go on")
    icon = "play"
    allowed_while_locked = True
    example: ClassVar[Mapping[str, Any]] = {}

    class Input(serializers.Serializer[Any]):
        step = answers.step()

    def hidden(self, value: ReleaseFacts) -> Collection[str]:
        return ("step",)

    def blocked(self, value: ReleaseFacts) -> Any:
        if value.waits_for_word:
            return None
        if value.waits_for_approval:
            return _("It waits for an approval. Somebody who may approve releases has to give it.")
        if value.can_be_overridden:
            return _("It waits for a freeze or a window. Somebody who may approve releases can override that.")
        if value.waits_for_day:
            return answers.CLOSED
        return _("It waits for nobody now. Look at it again when it does.")

    def apply(self, value: ReleaseFacts, resolved: Mapping[str, Any]) -> PromoteRelease:
        return PromoteRelease(step=answers.meant(resolved["step"], value.word_at))
