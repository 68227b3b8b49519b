"""Input fields that several operations on apps share."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.operations.fields import PickerField, SecretField


def process_field(**options: Any) -> PickerField:
    """A process of the app."""
    return PickerField(picker="process", label=options.pop("label", _("Process")), **options)


def process_or_all_field(**options: Any) -> PickerField:
    """A process of the app; none named means all of them."""
    return PickerField(
        picker="process", label=_("Process"), help_text=_("One process, or all when none is named."), required=False,
        allow_blank=True, default="", **options,
    )  # fmt: skip


def image_field(**options: Any) -> serializers.CharField:
    """An image reference."""
    text = _("Registry, repository and tag or digest, like registry.example.com/team/app:1.2.3.")
    return serializers.CharField(label=_("Image"), help_text=text, max_length=512, **options)


def env_name_field(**options: Any) -> serializers.CharField:
    """The name of a variable."""
    return serializers.CharField(label=_("Name"), max_length=253, **options)


def secret_value_field(**options: Any) -> SecretField:
    """The value of a secret: stored sealed, never shown again."""
    text = _("Stored encrypted. It is never shown again, to nobody. Line breaks are kept, at the end too.")
    return SecretField(label=_("Value"), help_text=text, **options)


def choose_process(spec: Any, chosen: Any) -> Any:
    """The process a form is about: the one picked, else the only or first one; None when there is none."""
    wanted = chosen.get("process")
    return next((one for one in spec.processes if one.name == wanted), None) or next(iter(spec.processes), None)
