"""Saved strategies of a tenant: one row per version, which is never changed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models import Tenant


class StrategyVersion(models.Model):
    """One version of a strategy that apps can take: a `spec.Strategy` as JSON, without what is an app's own.

    What an app took is copied into its spec, with the name and the number; so a version in use stays what it was.
    `retired`: nobody can take it any more, of the newest version as of all.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="strategies")
    name = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=100)
    strategy = models.JSONField()
    retired = models.BooleanField(default=False)
    actor_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("saved strategy")
        verbose_name_plural = _("saved strategies")
        ordering = ("name", "-number")
        constraints = [models.UniqueConstraint(fields=["tenant", "name", "number"], name="strategy_version_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"
