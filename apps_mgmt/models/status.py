"""What lists and tables read: one row per app, written only by `releases`."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps_mgmt.models.app import App


class AppStatus(models.Model):
    """The state of an app as last observed, and the image that runs.

    `clusters` holds {name, state, ready, wanted, trouble} each; `trouble` counts instances per problem, and
    under `gone` the workloads that somebody deleted. `stopped`: somebody stopped it, wherever it is.
    """

    class State(models.TextChoices):
        NEW = "new", _("Not deployed")
        DEPLOYING = "deploying", _("Deploying")
        HEALTHY = "healthy", _("Healthy")
        DEGRADED = "degraded", _("Degraded")
        FAILING = "failing", _("Failing")
        STOPPED = "stopped", _("Stopped")
        UNKNOWN = "unknown", _("Unknown")
        DELETING = "deleting", _("Deleting")

    app = models.OneToOneField(App, on_delete=models.CASCADE, primary_key=True, related_name="status")
    state = models.CharField(max_length=12, choices=State.choices, default=State.NEW)
    stopped = models.BooleanField(default=False)
    ready = models.PositiveIntegerField(default=0)
    wanted = models.PositiveIntegerField(default=0)
    image = models.CharField(max_length=500, blank=True)
    clusters = models.JSONField(default=list)
    addresses = models.JSONField(default=list)
    last_release = models.PositiveIntegerField(null=True)
    last_release_state = models.CharField(max_length=16, blank=True)
    last_release_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.app_id} {self.state}"
