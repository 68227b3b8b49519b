from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import RELEASE
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases.asking import AbortRelease, ReleaseFacts
from releases.states import After

AFTER = [("roll_back", _("Roll back to what ran before")), ("hold", _("Leave everything as it is"))]


class AbortReleaseOperation(Operation):
    """Stop a release where it is; then roll back, or hold."""

    name = "release.abort"
    kind = NOW
    subject = RELEASE
    title = _("Abort")
    permission = permissions.APP_DEPLOY
    sentence = _("aborted release {release}")
    icon = "octagon-x"
    allowed_while_locked = True
    allowed_while_suspended = True
    example = {"after": "roll_back"}

    class Input(serializers.Serializer[Any]):
        after = serializers.ChoiceField(label=_("Then"), choices=AFTER, required=False, default="roll_back")

    def apply(self, value: ReleaseFacts, resolved: Mapping[str, Any]) -> AbortRelease:
        return AbortRelease(after=After(resolved["after"]))
