"""A provision release: what makes a cluster, or a tenant's namespace there, ready for releases of apps."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from releases.reasons import Reason
from releases.wording import words
from tenants.models import Cluster, Tenant


class Provision(models.Model):
    """One provision release. It is frozen when it begins: `manifests` in the order of applying, and their digest.

    It has a table of its own beside `Release`, because it has no app, and so no revision, no fence, no plan of steps
    and nothing that ran before: its objects are made what they should be, in one go. Without a tenant it is Slipway's
    own part of a cluster. `cause` is one of `tenants.clusters.preparing`, `actor_name` is blank for the platform.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Being made ready")
        SUCCEEDED = "succeeded", _("Ready")
        FAILED = "failed", _("Failed")

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="provisions")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, null=True, related_name="provisions")
    namespace = models.CharField(max_length=63)
    cause = models.CharField(max_length=12)
    actor_name = models.CharField(max_length=150, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    reason = models.JSONField(null=True)
    manifests = models.JSONField(default=list)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("provision release")
        verbose_name_plural = _("provision releases")
        ordering = ("-id",)
        indexes = [models.Index(fields=["cluster", "tenant", "-id"], name="provision_latest")]

    def __str__(self) -> str:
        return f"{self.namespace} on {self.cluster_id}"

    @property
    def why(self) -> str:
        """Why it failed, as a sentence in the reader's language; empty when there is nothing to say."""
        return words(Reason.load(self.reason))
