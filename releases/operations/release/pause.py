from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import RELEASE
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases.asking import PauseRelease, ReleaseFacts
from releases.states import ReleaseState


class PauseReleaseOperation(Operation):
    """Let no further step begin; what is under way goes on."""

    name = "release.pause"
    kind = NOW
    subject = RELEASE
    title = _("Pause")
    permission = permissions.APP_DEPLOY
    sentence = _("paused release {release}")
    icon = "pause"
    allowed_while_locked = True
    allowed_while_suspended = True
    example: ClassVar[Mapping[str, Any]] = {}

    class Input(serializers.Serializer[Any]):
        """Nothing to fill in."""

    def blocked(self, value: ReleaseFacts) -> Any:
        return _("It is paused already.") if value.state is ReleaseState.PAUSED else None

    def apply(self, value: ReleaseFacts, resolved: Mapping[str, Any]) -> PauseRelease:
        return PauseRelease()
