"""Which agents there are, and which watches which cluster. Imported by `releases.models`."""

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


class AgentPresence(models.Model):
    """An agent that lives until a moment, unless it says so again, whether it watches a cluster or not."""

    holder = models.CharField(primary_key=True, max_length=64)
    until = models.DateTimeField()

    class Meta:
        app_label = "releases"
        db_table = "releases_agent_presence"
        verbose_name = _("agent")
        verbose_name_plural = _("agents")

    def __str__(self) -> str:
        return self.holder
