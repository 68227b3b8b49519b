"""The release: one frozen revision of an app, on its way to clusters."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps_mgmt.models import App, Revision
from releases.reasons import Reason
from releases.states import ACTIVE, TERMINAL, Across, After, ReleaseKind, ReleaseState
from releases.wording import words

_ACTIVE = sorted(state.value for state in ACTIVE)
_OVER = sorted(state.value for state in TERMINAL)


class Release(models.Model):
    """One release. What it does is fixed when the row is written; only its state moves, by `engine` alone.

    `number` counts per app. `fence` is the app's counter when the release began, 0 before. `source` is the release
    whose revision a rollback brings back. `reason` says why the state is what it is, as a code with values. `length`
    is how many timeline events there are. `rollback_on` lists the causes on which it goes back by itself. `stopped`: it
    leaves no instance running. `isolation` is what its tenant's isolation wrote into instances. `waves` are rows of
    {pause, failures}, see `snapshot.Wave`. `token_rights` are those of the token it was started with, where that had
    not all of its person's; null where there is no such limit.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="releases")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=[(one.value, one.value) for one in ReleaseKind])
    state = models.CharField(max_length=14, default=ReleaseState.PLANNED.value)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="releases")
    source = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    strategy = models.CharField(max_length=20, default="rolling")
    across = models.CharField(max_length=20, default=Across.ONE_AFTER_ANOTHER.value)
    waves = models.JSONField(default=list)
    failure_budget = models.PositiveIntegerField(default=0)
    rollback_on = models.JSONField(default=list)
    fence = models.BigIntegerField(default=0)
    quota_peak = models.JSONField(default=dict)
    stopped = models.BooleanField(default=False)
    isolation = models.JSONField(default=dict)
    note = models.CharField(max_length=2000, blank=True)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=150)
    token_rights = models.JSONField(null=True)
    reason = models.JSONField(null=True)
    after_stop = models.CharField(max_length=12, blank=True)
    length = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=["app", "number"], name="release_number"),
            models.UniqueConstraint(fields=["app"], condition=models.Q(state__in=_ACTIVE), name="release_one_active"),
        ]
        indexes = [
            models.Index(fields=["state"], condition=~models.Q(state__in=_OVER), name="release_not_over"),
            models.Index(
                fields=["-ended_at", "-id"], condition=models.Q(ended_at__isnull=False), name="release_ended_last"
            ),
        ]

    def __str__(self) -> str:
        return f"release {self.number}"

    @property
    def is_over(self) -> bool:
        return self.state in TERMINAL

    @property
    def why(self) -> str:
        """The reason of the present state as a sentence in the reader's language; empty when there is none."""
        return words(Reason.load(self.reason))

    @property
    def stopping(self) -> After | None:
        return After(self.after_stop) if self.after_stop else None
