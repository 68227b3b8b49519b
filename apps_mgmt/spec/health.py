"""Probes: how a cluster finds out whether an instance lives, is ready, has started."""

from __future__ import annotations

from typing import ClassVar, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field, model_validator

from apps_mgmt.spec.base import ShortText, SpecModel, Text
from apps_mgmt.spec.errors import SpecError
from apps_mgmt.spec.paths import check_begins

ProbeKind = Literal["http", "tcp", "grpc", "exec"]
ProbeName = Literal["liveness", "readiness", "startup"]


class HttpHeader(SpecModel):
    """A header by name and value."""

    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: ShortText
    value: ShortText

    @model_validator(mode="after")
    def _sound(self) -> HttpHeader:
        check_header(self.name, self.value)
        return self


class Probe(SpecModel):
    """One probe. `port` is the name of a port of the process (`""`: its first); times in seconds."""

    kind: ProbeKind = "http"
    port: ShortText = ""
    path: ShortText = "/"
    scheme: Literal["HTTP", "HTTPS"] = "HTTP"
    headers: tuple[HttpHeader, ...] = ()
    service: ShortText = ""
    command: tuple[Text, ...] = ()
    initial_delay: int = Field(default=0, ge=0, le=3600)
    period: int = Field(default=10, ge=1, le=3600)
    timeout: int = Field(default=1, ge=1, le=600)
    successes: int = Field(default=1, ge=1, le=100)
    failures: int = Field(default=3, ge=1, le=1000)

    @model_validator(mode="after")
    def _sound(self) -> Probe:
        if self.kind == "exec" and not self.command:
            raise SpecError(_("A probe by command needs the command."), field="command")
        if self.kind != "exec" and self.command:
            raise SpecError(
                _("A command belongs to a probe of kind exec only. Take it out or change the kind."), field="command"
            )
        if self.kind == "http":
            check_begins(self.path, field="path")
        return self


class Probes(SpecModel):
    """The three probes of a process; None is none."""

    liveness: Probe | None = None
    readiness: Probe | None = None
    startup: Probe | None = None

    @model_validator(mode="after")
    def _successes_of_one(self) -> Probes:
        for probe in (self.liveness, self.startup):
            if probe and probe.successes != 1:
                raise SpecError(_("Only a readiness probe can ask for more than one success."), field="successes")
        return self

    def given(self) -> tuple[tuple[ProbeName, Probe], ...]:
        """Those there are, by name."""
        named: tuple[tuple[ProbeName, Probe | None], ...] = (
            ("startup", self.startup),
            ("liveness", self.liveness),
            ("readiness", self.readiness),
        )
        return tuple((name, probe) for name, probe in named if probe)


def check_header(name: str, value: str) -> None:
    """SpecError unless it can stand in an HTTP message: no line break, no odd character in the name."""
    if not name or not all(char.isascii() and (char.isalnum() or char in "!#$%&'*+-.^_`|~") for char in name):
        raise SpecError(_("The name of a header holds letters, digits and hyphens only."), field="headers")
    if any(ord(char) < 32 or ord(char) == 127 for char in value):
        raise SpecError(
            _("The value of a header cannot hold a line break or another control character."), field="headers"
        )
