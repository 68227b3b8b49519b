"""Which agent watches which cluster. Imported by `releases.models`."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ClusterLease(models.Model):
    """One cluster watched by one agent until a moment, unless renewed. `fencing` rises with each change of hands."""

    cluster_id = models.UUIDField(primary_key=True)
    holder = models.CharField(max_length=64)
    fencing = models.BigIntegerField(default=1)
    until = models.DateTimeField()

    class Meta:
        app_label = "releases"
        db_table = "releases_cluster_lease"
        verbose_name = _("lease of a cluster")
        verbose_name_plural = _("leases of clusters")

    def __str__(self) -> str:
        return f"{self.cluster_id} → {self.holder}"
