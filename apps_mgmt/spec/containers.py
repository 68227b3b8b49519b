"""What belongs to the containers of a process: helpers beside it, what runs before it, its rights, its hooks."""

from __future__ import annotations

from typing import ClassVar, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field, model_validator

from apps_mgmt.spec.base import ShortText, SpecModel, Text, refuse_doubles
from apps_mgmt.spec.config import EnvVar
from apps_mgmt.spec.errors import SpecError
from apps_mgmt.spec.image import ImageText
from apps_mgmt.spec.resources import Resources

SecurityProfile = Literal["restricted", "baseline"]


class Hook(SpecModel):
    """Something done when a container starts or before it stops: a command, an HTTP call, or waiting (seconds)."""

    kind: Literal["exec", "http", "sleep"]
    command: tuple[Text, ...] = ()
    path: ShortText = "/"
    port: ShortText = ""
    seconds: int = Field(default=0, ge=0, le=3600)

    @model_validator(mode="after")
    def _sound(self) -> Hook:
        if self.kind == "exec" and not self.command:
            raise SpecError(_("A hook by command needs the command."), field="command")
        if self.kind == "sleep" and not self.seconds:
            raise SpecError(_("A hook that waits needs the number of seconds."), field="seconds")
        return self


class Hooks(SpecModel):
    """Of a process's own container."""

    post_start: Hook | None = None
    pre_stop: Hook | None = None


class Sidecar(SpecModel):
    """A container that runs beside the process, in the same instance: they share the address and can share space."""

    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: ShortText
    image: ImageText
    command: tuple[Text, ...] = ()
    args: tuple[Text, ...] = ()
    env: tuple[EnvVar, ...] = ()
    resources: Resources = Resources(size="tiny")
    ready_port: int = Field(default=0, ge=0, le=65_535)
    alive_port: int = Field(default=0, ge=0, le=65_535)

    @model_validator(mode="after")
    def _sound(self) -> Sidecar:
        refuse_doubles(self.env, what=_("variable"), field="sidecars")
        return self


class Init(SpecModel):
    """A container that runs to its end before the process starts, with the process's variables."""

    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: ShortText
    image: ImageText
    command: tuple[Text, ...] = ()
    args: tuple[Text, ...] = ()
    resources: Resources = Resources(size="tiny")


class Security(SpecModel):
    """What the containers may do. `restricted` asks for a user that is not root; `baseline` lets the image choose.

    Never more than that: no privileged container, no path or network of the machine, no added capability.
    """

    profile: SecurityProfile = "restricted"
    user: int | None = Field(default=None, ge=0, le=2_147_483_647)
    group: int | None = Field(default=None, ge=0, le=2_147_483_647)
    file_group: int | None = Field(default=None, ge=0, le=2_147_483_647)
    read_only_root: bool = False

    @model_validator(mode="after")
    def _no_root_when_restricted(self) -> Security:
        if self.profile == "restricted" and self.user == 0:
            raise SpecError(
                _("User 0 is root, which the restricted profile forbids. Choose another user."), field="user"
            )
        return self


class ServiceAccount(SpecModel):
    """As whom the instances speak to the cluster. `name` `""` is the process's own account, which may do nothing.

    Its token is mounted only when `token` asks for it.
    """

    name: ShortText = ""
    token: bool = False
