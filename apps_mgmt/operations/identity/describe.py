from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.values import AppRecord
from portal.access import permissions
from portal.operations.fields import TextField
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation

COLOURS = [
    ("", _("By name")), ("blue", _("Blue")), ("green", _("Green")), ("amber", _("Amber")), ("red", _("Red")),
    ("violet", _("Violet")), ("grey", _("Grey")),
]  # fmt: skip


class DescribeApp(Operation):
    """Change the title, the description and the colour of an app."""

    name = "app.describe"
    kind = RECORD
    title = _("Describe")
    permission = permissions.APP_CONFIGURE
    sentence = _("described it as {title}")
    example = {"title": "Shop", "description": "Where customers buy.", "colour": "green"}

    class Input(serializers.Serializer[Any]):
        title = serializers.CharField(label=_("Title"), max_length=100)
        description = TextField(label=_("Description"), max_length=2000, required=False, allow_blank=True, default="")
        colour = serializers.ChoiceField(
            label=_("Colour"), choices=COLOURS, required=False, allow_blank=True, default=""
        )

    def initial(self, value: AppRecord, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        return asdict(value)

    def apply(self, value: AppRecord, resolved: Mapping[str, Any]) -> AppRecord:
        return value.change(**{name: resolved[name] for name in ("title", "description", "colour")})
