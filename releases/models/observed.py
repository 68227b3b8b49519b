"""What clusters last said, and what the net under the events caught."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps_mgmt.models import App


class Observation(models.Model):
    """The facts one cluster last reported of an app, as `releases.observation` stores them.

    `seen_at` is when they last came, `changed_at` when they last were others than before.
    """

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="observations")
    cluster_id = models.UUIDField()
    facts = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    resource_version = models.CharField(max_length=40, blank=True)
    fencing = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("observation")
        verbose_name_plural = _("observations")
        constraints = [models.UniqueConstraint(fields=["app", "cluster_id"], name="observation_once")]

    def __str__(self) -> str:
        return f"{self.app_id} on {self.cluster_id}"


class Sweep(models.Model):
    """One row: how often the net was drawn, and how often it held something that events should have brought."""

    rounds = models.PositiveBigIntegerField(default=0)
    caught = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField(null=True)
    last_caught_at = models.DateTimeField(null=True)
    last_caught = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("sweep")
        verbose_name_plural = _("sweeps")

    def __str__(self) -> str:
        return f"{self.rounds} rounds, {self.caught} caught"
