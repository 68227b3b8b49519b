from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.leaving import field_title
from apps_mgmt.values import AppRecord, Left
from portal.access import permissions
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from releases.drift.looking import looked
from releases.gateway.ownership import is_mark
from releases.operations.drift.fields import cluster_field, field_field, object_field

MOST, MOST_NAMED = 200, 10


class LeaveDrift(Operation):
    """Leave what another manager changed on a cluster as it is: later releases do not set these fields there."""

    name = "drift.leave"
    kind = RECORD
    title = _("Leave")
    permission = permissions.APP_CONFIGURE
    sentence = _("left fields of {objects} on {cluster} to {managers}")
    icon = "hand"
    example = {"cluster": "north", "object": "Deployment/shop--web"}

    class Input(serializers.Serializer[Any]):
        cluster = cluster_field()
        object = object_field(_("Kind and name, like Deployment/shop--web. Blank: whatever was changed there."))
        field = field_field()

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        """What belongs to whom at this moment goes into the log."""
        there, beside = (
            [
                one
                for one in rows
                if one.cluster == given["cluster"]
                and given["object"] in ("", one.object)
                and given["field"] in ("", one.field)
            ]
            for rows in looked(context.subject)
        )
        # What has the value that Slipway set is meant where it is named, or nothing else is there.
        found = there or beside
        of_nobody, marks = [one for one in found if not one.manager], [one for one in found if is_mark(one.field)]
        found = [one for one in found if one not in of_nobody and one not in marks]
        return {
            **given,
            "of_nobody": [field_title(one.field) for one in of_nobody],
            "marks": [field_title(one.field) for one in marks],
            "objects": sorted({one.object for one in found}),
            "managers": sorted({one.manager for one in found}),
            "left": [{"object": one.object, "field": one.field, "manager": one.manager} for one in found],
            "by": context.actor.username,
            "at": timezone.now().isoformat(timespec="seconds"),
        }

    def apply(self, value: AppRecord, resolved: Mapping[str, Any]) -> AppRecord:
        if not resolved["left"] and resolved["of_nobody"]:
            sentence = _(
                "Nobody has the {fields}, so there is nobody to leave that to: the next release sets it again. Take it "
                "over now, or change the app so that it does not set it."
            )
            told = ", ".join(resolved["of_nobody"][:MOST_NAMED])
            raise Refused(str(sentence).format(fields=told), field="object" if resolved["object"] else "cluster")
        if not resolved["left"] and resolved["marks"]:
            sentence = _(
                "Slipway knows its objects by the {fields}, which is left to nobody: the next release writes it again. "
                "Deploy, or take it over now."
            )
            told = ", ".join(resolved["marks"])
            raise Refused(str(sentence).format(fields=told), field="object" if resolved["object"] else "cluster")
        if not resolved["left"]:
            sentence = _("Nothing that Slipway set there is known to belong to somebody else. Look at the app's page.")
            raise Refused(sentence, field="object" if resolved["object"] else "cluster")
        kept = {one.place: one for one in value.left}
        for row in resolved["left"]:
            one = Left(cluster=resolved["cluster"], by=resolved["by"], at=resolved["at"], **row)
            if one.place not in kept or kept[one.place].manager != one.manager:
                kept[one.place] = one
        if len(kept) > MOST:
            sentence = _("At most {most} fields of an app can be left to others. Take some over first.")
            raise Refused(str(sentence).format(most=MOST))
        return value.change(left=tuple(kept[place] for place in sorted(kept)))
