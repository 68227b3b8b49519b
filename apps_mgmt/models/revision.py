"""Revisions: immutable specs with a digest, and which of them each cluster runs."""

from __future__ import annotations

from django.db import models

from apps_mgmt.models.app import App


class Revision(models.Model):
    """One value of an app's spec. Never changed after it was written; `base` is the one it was made from.

    `input` is the redacted input of the operation, so that a list of changes can be worded when it is read.
    """

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="revisions")
    number = models.BigIntegerField()
    spec = models.JSONField()
    digest = models.CharField(max_length=64)
    base = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    operation = models.CharField(max_length=64)
    input = models.JSONField(default=dict)
    actor_name = models.CharField(max_length=150)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["app", "number"], name="revision_number")]

    def __str__(self) -> str:
        return f"{self.app_id} r{self.number}"


class Deployed(models.Model):
    """Which revision a cluster runs, as the last release that ended there left it. Written by `releases` only.

    `stopped`: it has the revision's objects, and none of its instances.
    """

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="deployed")
    cluster_id = models.UUIDField()
    cluster_name = models.CharField(max_length=63)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    release_id = models.UUIDField(null=True)
    stopped = models.BooleanField(default=False)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["app", "cluster_id"], name="deployed_once")]

    def __str__(self) -> str:
        return f"{self.app_id} on {self.cluster_name}"
