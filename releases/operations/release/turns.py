"""What operations that start a release have in common: what to do with one under way, and what they tell."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.values import AppFacts
from portal.operations.fields import TextField, readable


def note() -> TextField:
    """Why, in the words of whoever asks: shown with the release and in the log."""
    return TextField(
        label=_("Why"), lines=1, validators=[readable], max_length=2000, required=False, allow_blank=True, default=""
    )


def supersede() -> serializers.BooleanField:
    """Whether to stop the one under way."""
    label = _("Stop the release under way and go on with this one")
    return serializers.BooleanField(label=label, required=False, default=False)


def wait() -> serializers.BooleanField:
    """Whether to queue behind it."""
    return serializers.BooleanField(label=_("Queue behind the release under way"), required=False, default=False)


def one_of_both(given: Mapping[str, Any]) -> None:
    """Raise a ValidationError where it is to stop the one under way and to queue behind it."""
    if given.get("supersede") and given.get("wait"):
        said = _now("A release cannot stop the one under way and queue behind it. Choose one of the two.")
        raise serializers.ValidationError({"wait": [said], "supersede": [said]})


def hidden(value: AppFacts) -> Collection[str]:
    """The two are of no use while nothing is under way, and nothing waits for its turn."""
    return () if value.releasing or value.queued else ("supersede", "wait")


def over_told(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """With `over`: what was let through although it does not fit the quota, and which rules of the platform it breaks;
    blank where all of it fits and it keeps them all.
    """
    over = ", ".join(values.get("over_quota") or ())
    rules = " ".join(one.rstrip(".") + "." for one in values.get("broken_rules") or ()).rstrip(".")
    said = [
        _now(", let through over the quota ({over})").format(over=over) if over else "",
        _now(", let through although it breaks rules of the platform ({rules})").format(rules=rules) if rules else "",
    ]
    return {**values, "over": "".join(said)}
