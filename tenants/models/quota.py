from __future__ import annotations

import uuid
from datetime import UTC, datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


class QuotaLimit(models.Model):
    """How much of a dimension a tenant may use, in the dimension's unit. No row: the dimension's default.

    `raises` are the limits that go beyond it for a while, `[{"amount": 40, "until": "2026-12-31"}]`: each counts to the
    end of its day, in UTC, the highest of them at any time.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="quota_limits")
    dimension = models.CharField(max_length=20)
    amount = models.PositiveBigIntegerField()
    raises = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("quota limit")
        verbose_name_plural = _("quota limits")
        constraints = (models.UniqueConstraint(fields=("tenant", "dimension"), name="quota_limit_once"),)

    def __str__(self) -> str:
        return f"{self.dimension} ≤ {self.amount}"

    def at(self, moment: datetime) -> int:
        """What may be used then."""
        day = moment.astimezone(UTC).date().isoformat()
        return max([self.amount, *(one["amount"] for one in self.raises if day <= one["until"])])


class UsageRow(models.Model):
    """What a tenant uses of a dimension in all. These rows are the lock of the ledger: taken first, in name order."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="usage_rows")
    dimension = models.CharField(max_length=20)
    amount = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("usage")
        verbose_name_plural = _("usage")
        constraints = (models.UniqueConstraint(fields=("tenant", "dimension"), name="usage_row_once"),)

    def __str__(self) -> str:
        return f"{self.dimension} = {self.amount}"


class Reservation(models.Model):
    """What one source of an app asks of a dimension; per app and dimension the largest of its sources counts.

    `source` is `draft`, `deployed` or `release:<id>`.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="reservations")
    app_id = models.UUIDField()
    source = models.CharField(max_length=60)
    dimension = models.CharField(max_length=20)
    amount = models.PositiveBigIntegerField()

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = (models.UniqueConstraint(fields=("app_id", "source", "dimension"), name="reservation_once"),)

    def __str__(self) -> str:
        return f"{self.source} {self.dimension} = {self.amount}"


class QuotaRequest(models.Model):
    """What a tenant asked of a limit, and what came of it. `before` is the limit as it was then: the one for good, or
    of a raise the one of its last day.

    `number` counts within the tenant. `until` is set where more is wanted for a while only; `ended_at` is when that
    was over. `decided_by` is blank where the rule decided. `warned_at` is when it was said that it ends soon.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="quota_requests")
    number = models.PositiveIntegerField()
    dimension = models.CharField(max_length=20)
    before = models.PositiveBigIntegerField()
    asked = models.PositiveBigIntegerField()
    granted = models.PositiveBigIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=500)
    until = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    comment = models.CharField(max_length=500, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("quota request")
        verbose_name_plural = _("quota requests")
        constraints = (models.UniqueConstraint(fields=("tenant", "number"), name="quota_request_once"),)
        indexes = (
            models.Index(fields=("asked_at",), name="quota_requests_waiting", condition=models.Q(state="waiting")),
        )

    def __str__(self) -> str:
        return f"{self.number}: {self.dimension} {self.state}"


WHOLE_TENANT = uuid.UUID(int=0)
"""Stands in a sample for all apps together."""


class QuotaSample(models.Model):
    """What was in use of a dimension from `at` on, until the next sample; one for an hour in which it changed."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="quota_samples")
    app_id = models.UUIDField(default=WHOLE_TENANT)
    dimension = models.CharField(max_length=20)
    at = models.DateTimeField()
    amount = models.PositiveBigIntegerField()

    class Meta:
        verbose_name = _("usage sample")
        verbose_name_plural = _("usage samples")
        constraints = (
            models.UniqueConstraint(fields=("tenant", "app_id", "dimension", "at"), name="quota_sample_once"),
        )

    def __str__(self) -> str:
        return f"{self.dimension} = {self.amount}"
