from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import RELEASE
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases.asking import ReleaseFacts, ResumeRelease
from releases.states import ReleaseState


class ResumeReleaseOperation(Operation):
    """Let a paused release go on."""

    name = "release.resume"
    kind = NOW
    subject = RELEASE
    title = _("Resume")
    permission = permissions.APP_DEPLOY
    sentence = _("resumed release {release}")
    icon = "play"
    example: ClassVar[Mapping[str, Any]] = {}

    class Input(serializers.Serializer[Any]):
        """Nothing to fill in."""

    def blocked(self, value: ReleaseFacts) -> Any:
        return None if value.state is ReleaseState.PAUSED else _("It is not paused.")

    def apply(self, value: ReleaseFacts, resolved: Mapping[str, Any]) -> ResumeRelease:
        return ResumeRelease()
