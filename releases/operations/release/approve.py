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
from releases.asking import ApproveRelease, ReleaseFacts
from releases.operations.release import answers


class ApproveReleaseOperation(Operation):
    """Approve what a release waits for; it goes on once as many people did as it asks for."""

    name = "release.approve"
    kind = NOW
    subject = RELEASE
    title = _("Approve")
    permission = permissions.RELEASE_APPROVE
    sentence = _("approved release {release}")
    icon = "check"
    allowed_while_locked = True
    example: ClassVar[Mapping[str, Any]] = {"comment": "Looks good"}

    class Input(serializers.Serializer[Any]):
        comment = TextField(
            label=_("Comment"), max_length=2000, validators=[readable], required=False, allow_blank=True, default="",
            help_text=_("Shown with the release, for those who look later."),
        )  # fmt: skip
        step = answers.step()

    def hidden(self, value: ReleaseFacts) -> Collection[str]:
        return ("step",)

    def blocked(self, value: ReleaseFacts) -> Any:
        return None if value.waits_for_approval else _("It waits for no approval now. Look at it again when it does.")

    def apply(self, value: ReleaseFacts, resolved: Mapping[str, Any]) -> ApproveRelease:
        step = answers.meant(resolved["step"], value.approval_at)
        return ApproveRelease(comment=resolved["comment"], steps=(step,) if step else ())
