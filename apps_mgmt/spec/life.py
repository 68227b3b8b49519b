"""What goes on while the app runs: jobs by the clock, sleep, log drains, bound services."""

from __future__ import annotations

from typing import ClassVar, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field, model_validator

from apps_mgmt.spec.base import ShortText, SpecModel, Text, refuse_doubles
from apps_mgmt.spec.config import SecretRef
from apps_mgmt.spec.cron import check_cron, check_time_zone
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.names import check_name
from apps_mgmt.spec.resources import Resources


class Job(SpecModel):
    """A command by the clock, with the image and variables of a process. `timeout` in seconds, 0 is none."""

    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: ShortText
    cron: ShortText
    time_zone: ShortText = "UTC"
    process: ShortText
    command: tuple[Text, ...] = Field(min_length=1)
    concurrency: Literal["Allow", "Forbid", "Replace"] = "Forbid"
    keep_succeeded: int = Field(default=3, ge=0, le=50)
    keep_failed: int = Field(default=1, ge=0, le=50)
    timeout: int = Field(default=3600, ge=0, le=604_800)
    retries: int = Field(default=0, ge=0, le=20)
    suspended: bool = False
    resources: Resources = Resources()

    @model_validator(mode="after")
    def _sound(self) -> Job:
        check_name(self.name, what=_("job"), field="jobs")
        check_cron(self.cron, field="jobs")
        check_time_zone(self.time_zone, field="jobs")
        return self


class Hibernate(SpecModel):
    """Sleeps and wakes by the clock."""

    sleep: ShortText
    wake: ShortText
    time_zone: ShortText = "UTC"

    @model_validator(mode="after")
    def _sound(self) -> Hibernate:
        check_cron(self.sleep, field="hibernate")
        check_cron(self.wake, field="hibernate")
        check_time_zone(self.time_zone, field="hibernate")
        return self


class Drain(SpecModel):
    """Where log lines are sent as well: syslog (`host:port`) or HTTP (`https://…`)."""

    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: ShortText
    kind: Literal["syslog", "http"]
    target: ShortText

    @model_validator(mode="after")
    def _sound(self) -> Drain:
        check_name(self.name, what=_("log drain"), field="drains")
        good = self.target.startswith("https://") if self.kind == "http" else _host_and_port(self.target)
        if not good:
            sentence = _("{target} is no target for this drain. Write https://… for HTTP, host:port for syslog.")
            raise SpecError(say(sentence, target=self.target or "“”"), field="drains")
        return self


class Binding(SpecModel):
    """A service instance of the tenant whose variables appear in the app, with `prefix` before their names."""

    KEY: ClassVar[tuple[str, ...]] = ("instance",)

    instance: ShortText
    prefix: ShortText = ""
    version: int = Field(default=1, ge=1)


class Parameter(SpecModel):
    """What a template was told: a literal value, or one from the secret store."""

    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: ShortText = Field(min_length=1)
    value: Text = ""
    secret: SecretRef | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Parameter:
        if self.value and self.secret:
            sentence = _("The parameter {name} takes its value from a text or a secret, not both. Choose one.")
            raise SpecError(say(sentence, name=self.name), field="template")
        return self


class TemplateRef(SpecModel):
    """The template the app was made from, its version, and what it was told then: an upgrade asks for the rest only."""

    name: ShortText
    version: int = Field(ge=1)
    parameters: tuple[Parameter, ...] = Field(default=(), max_length=200)

    @model_validator(mode="after")
    def _no_doubles(self) -> TemplateRef:
        refuse_doubles(self.parameters, what=_("parameter"), field="template")
        return self


class Pair(SpecModel):
    """A label or an annotation."""

    KEY: ClassVar[tuple[str, ...]] = ("key",)

    key: ShortText
    value: ShortText = ""


def _host_and_port(text: str) -> bool:
    host, colon, port = text.rpartition(":")
    return bool(colon and host) and port.isascii() and port.isdigit() and 0 < int(port) < 65_536
