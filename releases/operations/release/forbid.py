from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.values import AppRecord, Forbidden
from portal.access import permissions
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.fields import TextField, readable
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from releases.models import Release
from releases.states import ReleaseKind

MOST = 200


class ForbidRelease(Operation):
    """Forbid what a release brought: nobody can deploy it again or roll back to it. The same operation allows it again.

    What runs of it runs on.
    """

    name = "release.forbid"
    kind = RECORD
    title = _("Forbid a release")
    permission = permissions.APP_DEPLOY
    sentence = _("{did} release {release}{why}")
    icon = "ban"
    example = {"release": 1, "reason": "It loses orders"}

    class Input(serializers.Serializer[Any]):
        release = serializers.IntegerField(label=_("Release"), min_value=1)
        reason = TextField(
            label=_("Reason"), lines=1, validators=[readable], max_length=300, required=False, allow_blank=True,
            default="",
            help_text=_("Told to whoever tries to release it."),
        )  # fmt: skip
        allow = serializers.BooleanField(label=_("Allow it again"), required=False, default=False)

    def told(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        if values.get("allow"):
            return {**values, "did": str(_("allowed again")), "why": ""}
        return {**values, "did": str(_("forbade")), "why": f": {values.get('reason', '')}"}

    def initial(self, value: AppRecord, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        known = {str(one.release): one for one in value.forbidden}
        found = known.get(str(chosen.get("release", "")))
        return {name: chosen[name] for name in ("release",) if chosen.get(name)} | (
            {"reason": found.reason, "allow": True} if found else {}
        )

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        """What that release brought goes into the log."""
        rows = Release.objects.filter(app=context.subject, number=given["release"]).exclude(kind=ReleaseKind.DELETE)
        found = rows.values_list("revision__number", "revision__digest").first() if given["release"] < 2**31 else None
        return {
            **given,
            "revision": found[0] if found else 0,
            "digest": found[1] if found else "",
            "by": context.actor.username,
            "at": timezone.now().isoformat(timespec="seconds"),
        }

    def apply(self, value: AppRecord, resolved: Mapping[str, Any]) -> AppRecord:
        if not resolved["digest"]:
            sentence = _("There is no release {number}. See the list of releases.")
            raise Refused(str(sentence).format(number=resolved["release"]), field="release")
        others = tuple(one for one in value.forbidden if one.digest != resolved["digest"])
        if resolved["allow"]:
            if others == value.forbidden:
                sentence = _("Release {number} is not forbidden.")
                raise Refused(str(sentence).format(number=resolved["release"]), field="allow")
            return value.change(forbidden=others)
        if not resolved["reason"].strip():
            raise Refused(_("Say why, for those who want to release it later."), field="reason")
        if len(others) >= MOST:
            raise Refused(str(_("At most {most} releases can be forbidden. Allow one again.")).format(most=MOST))
        names = ("revision", "digest", "release", "reason", "by", "at")
        one = Forbidden(**{name: resolved[name] for name in names})
        return value.change(forbidden=tuple(sorted((*others, one), key=lambda row: row.release)))
