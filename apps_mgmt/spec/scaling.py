"""Scaling by itself: limits, metrics, behaviour, hours."""

from __future__ import annotations

from typing import ClassVar, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field, model_validator

from apps_mgmt.spec.base import ShortText, SpecModel, refuse_doubles
from apps_mgmt.spec.cron import check_cron, check_time_zone
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.quantity import parse

Direction = Literal["up", "down"]


class Metric(SpecModel):
    """A metric other than CPU and memory: an average per instance (`pods`) or a value from outside (`external`)."""

    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: ShortText
    source: Literal["pods", "external"] = "pods"
    target: ShortText

    @model_validator(mode="after")
    def _sound(self) -> Metric:
        if parse(self.target, field="target") <= 0:
            raise SpecError(_("The target of a metric is more than 0."), field="target")
        return self


class Behavior(SpecModel):
    """How fast it may go in one direction: at most `amount` (instances or %) per `period` seconds."""

    KEY: ClassVar[tuple[str, ...]] = ("direction",)

    direction: Direction
    stabilization: int = Field(default=0, ge=0, le=3600)
    amount: int = Field(default=100, ge=1, le=1000)
    unit: Literal["Pods", "Percent"] = "Percent"
    period: int = Field(default=60, ge=1, le=1800)


class ScalingHours(SpecModel):
    """Other limits from a moment on, given as cron in a time zone."""

    cron: ShortText
    time_zone: ShortText = "UTC"
    least: int = Field(ge=0, le=500)
    most: int = Field(ge=1, le=500)

    @model_validator(mode="after")
    def _sound(self) -> ScalingHours:
        check_cron(self.cron)
        check_time_zone(self.time_zone)
        check_limits(self.least, self.most)
        return self


class Autoscaler(SpecModel):
    """Between `least` and `most` instances over all clusters, by CPU and memory (% of the request) or other metrics."""

    least: int = Field(default=1, ge=1, le=500)
    most: int = Field(ge=1, le=500)
    cpu: int | None = Field(default=None, ge=1, le=1000)
    memory: int | None = Field(default=None, ge=1, le=1000)
    metrics: tuple[Metric, ...] = ()
    behavior: tuple[Behavior, ...] = ()
    hours: tuple[ScalingHours, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> Autoscaler:
        check_limits(self.least, self.most)
        refuse_doubles(self.metrics, what=_("metric"), field="metrics")
        refuse_doubles(self.behavior, what=_("direction"), field="behavior")
        if self.cpu is None and self.memory is None and not self.metrics:
            sentence = _("An autoscaler needs something to go by: CPU, memory or another metric.")
            raise SpecError(sentence, field="autoscaler")
        return self

    @property
    def ceiling(self) -> int:
        """The most it can reach at any hour."""
        return max(self.most, *(row.most for row in self.hours)) if self.hours else self.most


def check_limits(least: int, most: int) -> None:
    """SpecError when the least is more than the most."""
    if least > most:
        sentence = _("At least {least} and at most {most} do not go together. Lower the first or raise the second.")
        raise SpecError(say(sentence, least=least, most=most), field="autoscaler")
