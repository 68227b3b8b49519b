from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class QuotaLimit(models.Model):
    """How much of a dimension a tenant may use, in the dimension's unit. No row: the dimension's default."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="quota_limits")
    dimension = models.CharField(max_length=20)
    amount = models.PositiveBigIntegerField()

    class Meta:
        verbose_name = _("quota limit")
        verbose_name_plural = _("quota limits")
        constraints = (models.UniqueConstraint(fields=("tenant", "dimension"), name="quota_limit_once"),)

    def __str__(self) -> str:
        return f"{self.dimension} ≤ {self.amount}"


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
