"""Steps that wait: for the cluster, for time to pass, for people, for a check to hold."""

from __future__ import annotations

import re
from typing import Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field, model_validator

from apps_mgmt.spec.base import ShortText, SpecModel, Text
from apps_mgmt.spec.cron import check_time_zone
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.paths import check_begins
from apps_mgmt.spec.request import Request
from apps_mgmt.spec.step import StepBase

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")


class WaitStep(StepBase):
    """Until the instances that shall be new are ready."""

    kind: Literal["wait"]


class PauseStep(StepBase):
    """For so many seconds, or until told (-1)."""

    kind: Literal["pause"]
    seconds: int = Field(default=-1, ge=-1, le=86_400)


class SoakStep(StepBase):
    """Looks on for so many seconds; fails once new instances restart more often than `restarts`."""

    kind: Literal["soak"]
    lasts: int = Field(ge=1, le=604_800)
    restarts: int = Field(default=0, ge=0, le=100)


class ApprovalStep(StepBase):
    """Until `count` people approved, of these members and roles; `()` of both is whoever has the right to.

    `author`: the one who started the release counts, too. `expires` in seconds, 0 is never: then it counts as rejected.
    """

    kind: Literal["approval"]
    members: tuple[ShortText, ...] = ()
    roles: tuple[ShortText, ...] = ()
    count: int = Field(default=1, ge=1, le=20)
    author: bool = False
    expires: int = Field(default=0, ge=0, le=2_592_000)

    @model_validator(mode="after")
    def _can_be(self) -> ApprovalStep:
        if self.members and not self.roles and len(set(self.members)) < self.count:
            sentence = _("{name} asks for {count} people and names {named}. Name more, or ask for fewer.")
            values = {"name": self.name, "count": self.count, "named": len(set(self.members))}
            raise SpecError(say(sentence, **values), field="release.strategy")
        return self


class WindowHours(SpecModel):
    """From `begin` to `end` (`22:00`, `24:00`) on these days, `()` every day."""

    days: tuple[Day, ...] = ()
    begin: ShortText = "00:00"
    end: ShortText = "24:00"

    @model_validator(mode="after")
    def _sound(self) -> WindowHours:
        for text in (self.begin, self.end):
            if not _CLOCK.fullmatch(text):
                sentence = _("{text} is not a time of day. Write it like 09:30.")
                raise SpecError(say(sentence, text=text or "“”"), field="begin" if text == self.begin else "end")
        if self.begin >= self.end:
            sentence = _("A window from {begin} to {end} never opens. Split it at midnight, or turn the two around.")
            raise SpecError(say(sentence, begin=self.begin, end=self.end), field="end")
        return self


class WindowStep(StepBase):
    """Until one of these hours, and a day that the tenant's freeze `calendar` leaves open.

    `override`: a person with the right to may go on all the same, which is audited.
    """

    kind: Literal["window"]
    hours: tuple[WindowHours, ...] = ()
    time_zone: ShortText = "UTC"
    calendar: ShortText = ""
    override: bool = True

    @model_validator(mode="after")
    def _says_when(self) -> WindowStep:
        check_time_zone(self.time_zone, field="time_zone")
        if not self.hours and not self.calendar:
            sentence = _("The window {name} is always open. Give it hours or a freeze calendar.")
            raise SpecError(say(sentence, name=self.name), field="release.strategy")
        return self


class HttpCheckStep(StepBase):
    """Asks every `period` seconds for `lasts` seconds; more than `failures` answers that are not right fail it.

    It asks an address outside (`request`), or a port of a process's new instances inside the cluster.
    """

    kind: Literal["http-check"]
    request: Request | None = None
    process: ShortText = ""
    port: ShortText = ""
    path: ShortText = "/"
    lasts: int = Field(default=60, ge=1, le=604_800)
    period: int = Field(default=5, ge=1, le=3_600)
    failures: int = Field(default=0, ge=0, le=1_000)

    @model_validator(mode="after")
    def _one_place(self) -> HttpCheckStep:
        if bool(self.request) == bool(self.process):
            sentence = _("The check {name} asks either an address outside or a process. Give one of them.")
            raise SpecError(say(sentence, name=self.name), field="release.strategy")
        check_begins(self.path, field="path")
        return self


class MetricCheckStep(StepBase):
    """Asks the cluster's Prometheus `samples` times; a value below `least` or above `most` is a failure.

    More than `failures` of them fail it. `missing` says what an answer without a value counts as.
    """

    kind: Literal["metric-check"]
    query: Text = Field(min_length=1)
    least: float | None = Field(default=None, allow_inf_nan=False)
    most: float | None = Field(default=None, allow_inf_nan=False)
    samples: int = Field(default=5, ge=1, le=1_000)
    period: int = Field(default=60, ge=1, le=3_600)
    failures: int = Field(default=0, ge=0, le=1_000)
    missing: Literal["failure", "success", "ignored"] = "failure"

    @model_validator(mode="after")
    def _bound(self) -> MetricCheckStep:
        if self.least is None and self.most is None:
            sentence = _("The check {name} takes any value. Say what the value must be at least or at most.")
            raise SpecError(say(sentence, name=self.name), field="release.strategy")
        if self.least is not None and self.most is not None and self.least > self.most:
            sentence = _("No value is at least {least} and at most {most}. Lower the first or raise the second.")
            raise SpecError(say(sentence, least=self.least, most=self.most), field="release.strategy")
        if self.failures >= self.samples:
            sentence = _("The check {name} could never fail. Allow fewer failures than there are samples.")
            raise SpecError(say(sentence, name=self.name), field="release.strategy")
        return self


class NoteStep(StepBase):
    """Something for people to do by hand. `confirm`: until somebody says that it is done."""

    kind: Literal["note"]
    text: Text = Field(min_length=1)
    confirm: bool = True
