"""Ports of a process."""

from __future__ import annotations

from typing import ClassVar, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field, model_validator

from apps_mgmt.spec.base import ShortText, SpecModel
from apps_mgmt.spec.errors import SpecError
from apps_mgmt.spec.names import check_name

Protocol = Literal["http", "grpc", "tcp", "udp"]
Exposure = Literal["hidden", "internal", "public"]


class Port(SpecModel):
    """`port` is where the container listens; `service_port` where others reach it (0: the same number).

    `hidden` is seen by the instance only, `internal` by the cluster, `public` also by the platform's own address.
    """

    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: ShortText
    port: int = Field(ge=1, le=65_535)
    protocol: Protocol = "http"
    service_port: int = Field(default=0, ge=0, le=65_535)
    exposure: Exposure = "internal"

    @model_validator(mode="after")
    def _sound(self) -> Port:
        check_name(self.name, what=_("port"), field="ports", longest=15)
        if self.protocol == "udp" and self.exposure == "public":
            raise SpecError(_("A UDP port cannot be public: routes carry HTTP. Make it internal."), field="exposure")
        return self

    @property
    def outside(self) -> int:
        """The number by which others reach it."""
        return self.service_port or self.port
