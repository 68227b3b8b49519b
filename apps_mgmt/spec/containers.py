"""What belongs to the containers of a process: helpers beside it, what runs before it, its rights, its hooks."""

from __future__ import annotations

from typing import ClassVar, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field, model_validator

from apps_mgmt.spec.base import ShortText, SpecModel, Text, refuse_doubles
from apps_mgmt.spec.config import EnvVar
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.image import ImageText
from apps_mgmt.spec.resources import Resources

SecurityProfile = Literal["restricted", "baseline"]
Capability = Literal[  # what the baseline of the Pod Security Standards lets be added
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
]


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

    `capabilities` are added to none at all, from those that the profile lets have; `escalation` lets a program gain
    more rights than it was started with (setuid), which `baseline` alone allows. Never more than that: no privileged
    container, no path or network of the machine.
    """

    profile: SecurityProfile = "restricted"
    user: int | None = Field(default=None, ge=0, le=2_147_483_647)
    group: int | None = Field(default=None, ge=0, le=2_147_483_647)
    file_group: int | None = Field(default=None, ge=0, le=2_147_483_647)
    read_only_root: bool = False
    capabilities: tuple[Capability, ...] = ()
    escalation: bool = False

    @model_validator(mode="after")
    def _within_profile(self) -> Security:
        if self.profile == "restricted" and self.user == 0:
            raise SpecError(
                _("User 0 is root, which the restricted profile forbids. Choose another user."), field="user"
            )
        beyond = [name for name in self.capabilities if name != "NET_BIND_SERVICE"]
        if self.profile == "restricted" and (beyond or self.escalation):
            sentence = _("The restricted profile forbids {what}. Choose the baseline profile, or leave it out.")
            raise SpecError(say(sentence, what=", ".join(beyond) or "escalation"), field="capabilities")
        return self


class ServiceAccount(SpecModel):
    """As whom the instances speak to the cluster. `name` `""` is the process's own account, which may do nothing.

    Its token is mounted only when `token` asks for it.
    """

    name: ShortText = ""
    token: bool = False

    @model_validator(mode="after")
    def _not_ours(self) -> ServiceAccount:
        if self.name.startswith("slipway-"):
            # Instances would act with the rights by which Slipway deploys.
            sentence = _("The account {name} is Slipway's own. Choose another, or leave the name blank.")
            raise SpecError(say(sentence, name=self.name), field="name")
        return self
