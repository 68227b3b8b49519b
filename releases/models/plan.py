"""What a release plans, how far it is, and what happened to it."""

from __future__ import annotations

from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from releases.models.release import Release
from releases.reasons import Reason
from releases.states import RUN_OPEN, TargetState
from releases.wording import words

_OPEN = sorted(state.value for state in RUN_OPEN)


class Target(models.Model):
    """A release on one cluster: the frozen manifests, and what ran there before.

    `manifests` are in the order of applying, without secret values. `object_keys` are their keys (`Kind/name`),
    `workloads` rows of {kind, name, process, track, replicas, autoscaled, adopted}. `before` is the target of the
    release that this one returns to when it is rolled back; null when nothing of the app ran on the cluster.

    `second` is what stands beside it for a while in a second track, as {workloads, objects, routes}, and
    `second_manifests` its objects.

    `left` are the fields that this release leaves to other managers there, {key: {field: manager}}; `forced` are the
    objects whose fields it takes back, {key: [manager, …]}.

    What the cluster had said is kept, cut to a bounded size, at two moments: `failed_with` when the target failed,
    until it is tried again, and `ended_with` when the release ended; null where it said nothing or was never touched.
    """

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="targets")
    cluster_id = models.UUIDField()
    cluster_name = models.CharField(max_length=63)
    position = models.PositiveSmallIntegerField()
    wave = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=14, default=TargetState.WAITING.value)
    reason = models.JSONField(null=True)
    lost_since = models.DateTimeField(null=True)
    manifests = models.JSONField(default=list)
    digest = models.CharField(max_length=64)
    object_keys = models.JSONField(default=list)
    workloads = models.JSONField(default=list)
    second = models.JSONField(default=dict)
    second_manifests = models.JSONField(default=list)
    left = models.JSONField(default=dict)
    forced = models.JSONField(default=dict)
    before = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    failed_with = models.JSONField(null=True)
    ended_with = models.JSONField(null=True)

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering = ("position",)
        constraints = [models.UniqueConstraint(fields=["release", "cluster_id"], name="target_once")]

    def __str__(self) -> str:
        return f"{self.release_id} on {self.cluster_name}"

    @property
    def why(self) -> str:
        return words(Reason.load(self.reason))


class Step(models.Model):
    """A line of the plan. `timeout` is in seconds; `back` marks the way back to what ran before."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=30)
    back = models.BooleanField(default=False)
    timeout = models.FloatField()
    options = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ("number",)
        constraints = [models.UniqueConstraint(fields=["release", "number"], name="step_number")]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"


class StepRun(models.Model):
    """One attempt at a step on a cluster. `wake_at` is a timer: the clock reports to the engine when it has come.

    `sent` counts the effects that it has sent out so far, `pending` are the numbers of those still on their way.
    """

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="runs")
    cluster_id = models.UUIDField()
    step = models.PositiveSmallIntegerField()
    attempt = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10)
    started = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    deadline = models.DateTimeField()
    wake_at = models.DateTimeField(null=True)
    pending = models.JSONField(default=list)
    sent = models.PositiveIntegerField(default=0)
    output = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    reason = models.JSONField(null=True)

    class Meta:
        verbose_name = _("step run")
        verbose_name_plural = _("step runs")
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=["release", "cluster_id", "step", "attempt"], name="run_once")]
        indexes = [
            models.Index(fields=["wake_at"], condition=models.Q(state__in=_OPEN), name="run_wakes_at"),
            models.Index(fields=["cluster_id"], condition=models.Q(state__in=_OPEN), name="run_open_on"),
        ]

    def __str__(self) -> str:
        return f"{self.step}.{self.attempt} {self.state}"

    @property
    def why(self) -> str:
        return words(Reason.load(self.reason))


class TimelineEvent(models.Model):
    """What happened, in order; only ever added to. `change` is one change of the machine, `cause` the event it heard.

    Folding all changes of a release gives its present state (`releases.changes.replay`).
    """

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="timeline")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    cause = models.CharField(max_length=20)
    actor_name = models.CharField(max_length=150, blank=True)
    change = models.JSONField(encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("timeline event")
        verbose_name_plural = _("timeline events")
        ordering = ("seq",)
        constraints = [models.UniqueConstraint(fields=["release", "seq"], name="timeline_seq")]

    def __str__(self) -> str:
        return f"{self.seq} {self.cause}"

    @property
    def why(self) -> str:
        raw: dict[str, Any] | None = self.change.get("reason")
        return words(Reason.load(raw))
