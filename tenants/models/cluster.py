from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models.tenant import NAME_LENGTH, check_name
from tenants.standing import Standing, standing_of


class Cluster(models.Model):
    """A Kubernetes cluster as a record: address, sealed credentials, what it can do, how it is.

    `credentials` maps a role (`observer`, `deployer`, `provisioner`) to a sealed text, see `tenants.clusters`; what is
    in it, a `token` or a `certificate`, is told by `signs_in_with`.
    `restricted` is why deploying there takes a second right; blank where it does not.
    `prometheus` is the address of what releases ask for numbers there; blank where there is none.
    `breaker_*` keep failing calls from piling up: while `breaker_open_until` lies ahead, nothing is tried.
    `version` rises whenever server, CA or credentials change, so that whoever holds a connection knows it is old.
    """

    class State(models.TextChoices):
        READY = "ready", _("Ready")
        AWAY = "away", _("Away")
        BLIND = "blind", _("May not look")
        UNKNOWN = "unknown", _("Not seen yet")

    UNSEEN = (State.AWAY, State.BLIND)
    """Nothing is heard of what runs there: it does not answer, or does not let Slipway's account look."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=NAME_LENGTH, unique=True, validators=[check_name])
    title = models.CharField(max_length=100)
    server = models.CharField(max_length=500)
    ca_pem = models.TextField(blank=True)
    credentials = models.JSONField(default=dict)
    signs_in_with = models.CharField(max_length=20, blank=True)
    capabilities = models.JSONField(default=dict, blank=True)
    labels = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.UNKNOWN)
    state_since = models.DateTimeField(auto_now_add=True)
    state_reason = models.CharField(max_length=500, blank=True)
    breaker_failures = models.PositiveIntegerField(default=0)
    breaker_open_until = models.DateTimeField(null=True, blank=True)
    restricted = models.CharField(max_length=300, blank=True)
    prometheus = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("cluster")
        verbose_name_plural = _("clusters")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def standing(self) -> Standing:
        """How it is for platform operators, with what the last check found."""
        return standing_of(self.state, self.state_reason, self.capabilities)


class TenantCluster(models.Model):
    """A tenant may use a cluster, in one namespace there."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="cluster_grants")
    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="grants")
    namespace = models.CharField(max_length=63)

    class Meta:
        verbose_name = _("cluster of a tenant")
        verbose_name_plural = _("clusters of tenants")
        constraints = (models.UniqueConstraint(fields=("tenant", "cluster"), name="tenant_cluster_once"),)

    def __str__(self) -> str:
        return self.namespace
