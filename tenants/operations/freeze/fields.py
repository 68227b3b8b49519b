"""Input fields of both calendars, and the freeze that they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.operations.context import Context
from portal.operations.fields import MomentField, TextField, readable
from tenants.freezes import Freeze


class FreezeInput(serializers.Serializer[Any]):
    """What every freeze says of itself."""

    name = serializers.CharField(
        label=_("Name"), max_length=60, validators=[readable], help_text=_("One of the same name is changed.")
    )
    begins = MomentField(label=_("From"))
    ends = MomentField(label=_("Until"))
    time_zone = serializers.CharField(
        label=_("Time zone"), max_length=64, required=False, default="UTC",
        help_text=_("By whose clocks, as Europe/Berlin."),
    )  # fmt: skip
    reason = TextField(
        label=_("Reason"),
        lines=1,
        validators=[readable],
        max_length=300,
        help_text=_("Told to whoever wants to release meanwhile."),
    )


def filled(freezes: Sequence[Freeze], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The form, with the freeze that is named."""
    found = next((one for one in freezes if one.name == chosen.get("name")), None)
    if found is None:
        return {"time_zone": "UTC"}
    names = ("name", "begins", "ends", "time_zone", "reason")
    return {**{name: getattr(found, name) for name in names}, "only": list(found.only)}


def stamped(context: Context, given: dict[str, Any]) -> dict[str, Any]:
    """Who says so, and when: in the log, because later on the same would be refused as over."""
    return {**given, "by": context.actor.username, "at": timezone.now().isoformat(timespec="seconds")}


def freeze_in(resolved: Mapping[str, Any]) -> Freeze:
    names = ("name", "begins", "ends", "time_zone", "reason", "by", "at")
    return Freeze(**{name: resolved[name] for name in names}, only=tuple(sorted(set(resolved["only"]))))
