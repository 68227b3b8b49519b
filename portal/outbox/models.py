"""The queue of record, and a breaker per share."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class OutboxRow(models.Model):
    """One effect. `stream` puts rows in order, `share` names the cluster whose worker slots it takes.

    Ids follow the order of adding within a stream as long as whoever adds to it holds the lock of its object.
    Times are the database's, so the clocks of several machines do not matter.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        CLAIMED = "claimed"
        DONE = "done"
        POISON = "poison"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=64)
    payload = models.JSONField()
    stream = models.CharField(max_length=100, default="", blank=True)
    share = models.CharField(max_length=100, default="", blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    # Attempts that ended in an unknown error or in silence: far fewer of these are borne than of honest waits.
    faults = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField(db_default=Now())
    claimed_by = models.CharField(max_length=200, default="", blank=True)
    claim_no = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        # Partial, so that the size of the history costs the queue nothing.
        indexes = [
            models.Index(fields=["id"], name="outbox_pending", condition=models.Q(state="pending")),
            models.Index(fields=["not_before"], name="outbox_due", condition=models.Q(state="pending")),
            models.Index(fields=["lease_until"], name="outbox_leases", condition=models.Q(state="claimed")),
            models.Index(
                fields=["stream", "id"], name="outbox_heads", condition=models.Q(state__in=["pending", "claimed"])
            ),
            models.Index(
                fields=["finished_at"], name="outbox_finished", condition=models.Q(state__in=["done", "poison"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk} ({self.state})"


class Breaker(models.Model):
    """How often in a row the cluster behind one share did not answer. No row: all is well."""

    share = models.CharField(max_length=100, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    open_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.share}: {self.failures}"
