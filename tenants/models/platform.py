from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class PlatformRecord(models.Model):
    """What is kept of the platform itself; there is one row at most.

    `rules` are those of `tenants.rules`, `freezes` rows of `tenants.freezes.Freeze`.
    """

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    rules = models.JSONField(default=dict)
    freezes = models.JSONField(default=list)

    class Meta:
        verbose_name = _("platform")
        verbose_name_plural = _("platform")

    def __str__(self) -> str:
        return "platform"
