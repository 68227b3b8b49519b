"""The tables of the audit log. Triggers refuse UPDATE, DELETE and TRUNCATE; a head may only move on by one entry."""

from __future__ import annotations

from django.db import models

PLATFORM_CHAIN = "platform"
# What an entry is about, by name: of a release (`shop #3`) its app.
THING = models.Func(
    models.F("subject_name"),
    models.Value(" #"),
    models.Value(1),
    function="split_part",
    output_field=models.TextField(),
)


class AuditHead(models.Model):
    """The end of one chain. Its row lock makes sequence numbers gapless; it is always the last lock taken."""

    chain = models.CharField(max_length=40, primary_key=True)
    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")


class AuditEntry(models.Model):
    """What was done, by whom, how and on what. `chain` is a tenant's id, or `platform`."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"

    chain = models.CharField(max_length=40)
    sequence = models.BigIntegerField()
    at = models.DateTimeField()
    tenant_id = models.UUIDField(null=True)
    tenant_name = models.CharField(max_length=63, blank=True)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=150, blank=True)
    how = models.CharField(max_length=16)
    token_id = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=40, blank=True)
    operation = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=16)
    subject_id = models.CharField(max_length=40, blank=True)
    subject_name = models.CharField(max_length=200, blank=True)
    version_before = models.BigIntegerField(null=True)
    version_after = models.BigIntegerField(null=True)
    input = models.JSONField(default=dict)
    resolved = models.JSONField(default=dict)
    diff = models.JSONField(default=list)
    result = models.JSONField(default=dict)
    outcome = models.CharField(max_length=8)
    reason = models.TextField(blank=True)
    note = models.TextField(blank=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "sequence"], name="audit_chain_sequence")]
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_recent"),
            models.Index(fields=["tenant_id", "-at", "-id"], name="audit_tenant_recent"),
            models.Index(fields=["subject_id", "-at", "-id"], name="audit_subject"),
            # With the tenant in front where a person or an operation may be much of another tenant's log, not of this.
            models.Index(fields=["tenant_id", "actor_name", "-at", "-id"], name="audit_tenant_person"),
            models.Index(fields=["tenant_id", "operation", "-at", "-id"], name="audit_tenant_operation"),
            models.Index(fields=["actor_name", "-at", "-id"], name="audit_person"),
            models.Index(fields=["operation", "-at", "-id"], name="audit_operation"),
            models.Index(fields=["outcome", "-at", "-id"], name="audit_not_done", condition=~models.Q(outcome="done")),
            models.Index(THING, models.F("at").desc(), models.F("id").desc(), name="audit_app"),
        ]

    def __str__(self) -> str:
        return f"{self.chain} #{self.sequence} {self.operation} {self.outcome}"


class AuditCheckpoint(models.Model):
    """The end of a chain as it was signed: `text` is the whole checkpoint, as it is copied out of the database."""

    chain = models.CharField(max_length=40)
    sequence = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "sequence"], name="audit_checkpoint_once")]

    def __str__(self) -> str:
        return f"{self.chain} up to #{self.sequence}"
