from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import RELEASE
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases.asking import AbortRelease, ReleaseFacts
from releases.states import After, ReleaseKind

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

    def blocked(self, value: ReleaseFacts) -> Any:
        if value.kind is not ReleaseKind.DELETE:
            return None
        return gettext(
            "It deletes the app {app}, which does not come back by stopping that: the deletion goes on until nothing "
            "of it is left. Create the app again after that (app.create)."
        ).format(app=value.app)

    def apply(self, value: ReleaseFacts, resolved: Mapping[str, Any]) -> AbortRelease:
        return AbortRelease(after=After(resolved["after"]))
