"""Input fields that operations on clusters share."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.operations.fields import SecretField
from tenants.clusters.safe_yaml import MAX_BYTES


def kubeconfig_field(**options: Any) -> SecretField:
    words = {
        "label": _("Kubeconfig"),
        "help_text": _("With the certificates in it; for a service account of Slipway's own. It is not shown again."),
    }
    return SecretField(lines=4, max_length=MAX_BYTES, **{**words, **options})


def context_field() -> serializers.CharField:
    return serializers.CharField(
        label=_("Context"),
        max_length=253,
        required=False,
        allow_blank=True,
        default="",
        help_text=_("Blank for the file's current context."),
    )
