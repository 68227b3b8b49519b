"""Input fields that the operations on drift share."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.operations.fields import PickerField


def cluster_field() -> PickerField:
    return PickerField(picker="cluster", label=_("Cluster"))


def object_field(help_text: Any) -> serializers.CharField:
    """The key of an object."""
    return serializers.CharField(
        label=_("Object"), max_length=300, required=False, allow_blank=True, default="", help_text=help_text
    )


def field_field() -> serializers.CharField:
    """A field by the cluster's name for it."""
    return serializers.CharField(
        label=_("Field"), max_length=300, required=False, allow_blank=True, default="",
        help_text=_("As the API tells it, like .spec.replicas. Blank: all of them."),
    )  # fmt: skip
