"""Secret values, sealed. A spec holds a name and a version number only."""

from __future__ import annotations

from django.db import models

from apps_mgmt.models.app import App


class SecretVersion(models.Model):
    """One version of a secret. The value is bound to this app, name and number by its sealing."""

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="secrets")
    name = models.CharField(max_length=253)
    number = models.PositiveIntegerField()
    sealed = models.TextField()
    actor_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["app", "name", "number"], name="secret_version")]

    def __str__(self) -> str:
        return f"{self.app_id} {self.name} v{self.number}"
