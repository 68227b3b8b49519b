from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import RELEASE
from portal.operations.fields import TextField, readable
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases.asking import RejectRelease, ReleaseFacts
from releases.operations.release import answers


class RejectReleaseOperation(Operation):
    """Refuse what a release waits for: it ends, and goes back where it does so by itself."""

    name = "release.reject"
    kind = NOW
    subject = RELEASE
    title = _("Reject")
    permission = permissions.RELEASE_APPROVE
    sentence = _("rejected release {release}")
    icon = "x"
    allowed_while_locked = True
    allowed_while_suspended = True
    example: ClassVar[Mapping[str, Any]] = {"comment": "Not on a Friday"}

    class Input(serializers.Serializer[Any]):
        comment = TextField(
            label=_("Why"), max_length=2000, validators=[readable], required=True, allow_blank=False,
            help_text=_("Shown with the release, for those who look later."),
        )  # fmt: skip
        step = answers.step()

    def hidden(self, value: ReleaseFacts) -> Collection[str]:
        return ("step",)

    def blocked(self, value: ReleaseFacts) -> Any:
        waits = value.waits_for_word or value.waits_for_approval or value.waits_for_day
        return None if waits else _("It waits for nobody now. Look at it again when it does.")

    def apply(self, value: ReleaseFacts, resolved: Mapping[str, Any]) -> RejectRelease:
        step = answers.meant(resolved["step"], (*value.word_at, *value.approval_at, *value.day_at))
        return RejectRelease(comment=resolved["comment"], step=step)
