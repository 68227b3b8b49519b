"""Steps that do something: to the cluster, or somewhere else."""

from __future__ import annotations

from typing import ClassVar, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field, model_validator

from apps_mgmt.spec.base import ShortText, SpecModel, Text
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.image import ImageText
from apps_mgmt.spec.request import Request
from apps_mgmt.spec.resources import Resources
from apps_mgmt.spec.step import StepBase, check_amount


class HeaderMatch(SpecModel):
    """Requests that carry this header go to the new instances."""

    name: ShortText
    value: ShortText


class ApplyStep(StepBase):
    """Writes what was frozen: all of it, or what workloads need, the workloads, what leads traffic to them."""

    kind: Literal["apply"]
    part: Literal["all", "needs", "workloads", "leads"] = "all"


class BatchStep(StepBase):
    """Goes on until so many instances of each process are new: a number or % of them, rounded up per cluster."""

    kind: Literal["batch"]
    replicas: ShortText

    @model_validator(mode="after")
    def _sound(self) -> BatchStep:
        check_amount(self.replicas, field="release.strategy")
        return self


class TrafficStep(StepBase):
    """Sends a share of the traffic (%) to the new instances, or only requests with a header, or both."""

    kind: Literal["traffic"]
    traffic: int | None = Field(default=None, ge=0, le=100)
    header: HeaderMatch | None = None

    @model_validator(mode="after")
    def _moves(self) -> TrafficStep:
        if self.traffic is None and self.header is None:
            sentence = _("The step {name} moves no traffic. Give it a share in %, or a header.")
            raise SpecError(say(sentence, name=self.name), field="release.strategy")
        return self


class JobStep(StepBase):
    """Runs a command in the cluster, with the image and variables of a process; its last line of JSON is its output.

    `once`: on the first cluster only, as for a migration of a database that all share.
    """

    kind: Literal["job"]
    process: ShortText
    command: tuple[Text, ...] = Field(min_length=1)
    resources: Resources = Resources()
    once: bool = False


class BuildStep(StepBase):
    """Makes an image: a command in a builder's image, or a call to CI. The digest it answers is set on `processes`."""

    kind: Literal["build"]
    processes: tuple[ShortText, ...] = Field(min_length=1)
    image: ImageText | None = None
    command: tuple[Text, ...] = ()
    resources: Resources = Resources()
    request: Request | None = None

    @model_validator(mode="after")
    def _one_way(self) -> BuildStep:
        if bool(self.image) == bool(self.request) or bool(self.command) != bool(self.image):
            sentence = _("The step {name} builds either by a command in an image or by a call to CI. Give one of them.")
            raise SpecError(say(sentence, name=self.name), field="release.strategy")
        return self


class HttpCallStep(StepBase):
    """Calls a server outside. JSON that it answers is the output. `once`: not for each cluster anew."""

    kind: Literal["http-call"]
    request: Request
    once: bool = False


class NotifyStep(StepBase):
    """Tells people of the tenant: those of a role, its `channel`, or `everyone` who sees the app."""

    EVERYONE: ClassVar[str] = "everyone"

    kind: Literal["notify"]
    channel: ShortText = Field(min_length=1)
    message: Text = ""
