from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import RELEASE
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases.asking import PromoteFully, ReleaseFacts


class PromoteReleaseFully(Operation):
    """Let a release go on to its end past every pause and note, on all clusters. It waits for approvals, windows,
    freezes and checks all the same.
    """

    name = "release.promote_full"
    kind = NOW
    subject = RELEASE
    title = _("Go on to the end")
    permission = permissions.APP_DEPLOY
    sentence = _("let release {release} go on to its end")
    icon = "fast-forward"
    allowed_while_locked = True
    example: ClassVar[Mapping[str, Any]] = {}

    class Input(serializers.Serializer[Any]):
        """Nothing to fill in."""

    def apply(self, value: ReleaseFacts, resolved: Mapping[str, Any]) -> PromoteFully:
        return PromoteFully()
