from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.values import AppRecord, Left
from portal.access import permissions
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from releases.operations.drift.fields import cluster_field, field_field, object_field


class ReclaimDrift(Operation):
    """No longer leave fields to another manager: the next release sets them again, or is told who has them."""

    name = "drift.reclaim"
    kind = RECORD
    title = _("No longer leave")
    permission = permissions.APP_CONFIGURE
    sentence = _("no longer leaves fields of {objects} on {cluster} to {managers}")
    icon = "undo-2"
    example = {"cluster": "north", "object": "Deployment/shop--web"}

    class Input(serializers.Serializer[Any]):
        cluster = cluster_field()
        object = object_field(_("Kind and name, like Deployment/shop--web. Blank: whatever is left there."))
        field = field_field()

    def blocked(self, value: AppRecord) -> Any:
        return None if value.left else _("No field of it is left to anybody.")

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        ended = [one for one in context.value.left if _is_meant(one, given)]
        return {
            **given,
            "objects": sorted({one.object for one in ended}),
            "managers": sorted({one.manager for one in ended}),
        }

    def apply(self, value: AppRecord, resolved: Mapping[str, Any]) -> AppRecord:
        kept = tuple(one for one in value.left if not _is_meant(one, resolved))
        if kept == value.left:
            sentence = _("No such field is left to anybody there. Look at the app's page.")
            raise Refused(sentence, field="object" if resolved["object"] else "cluster")
        return value.change(left=kept)


def _is_meant(left: Left, given: Mapping[str, Any]) -> bool:
    return (
        left.cluster == given["cluster"] and given["object"] in ("", left.object) and given["field"] in ("", left.field)
    )
