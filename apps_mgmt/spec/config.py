"""Configuration: variables, shared groups of them, files."""

from __future__ import annotations

from typing import ClassVar, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field, model_validator

from apps_mgmt.spec.base import LongText, ShortText, SpecModel, Text
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.names import check_env_name, check_name

InstanceField = Literal[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "status.podIP",
    "status.hostIP",
    "spec.nodeName",
    "requests.cpu",
    "requests.memory",
    "limits.cpu",
    "limits.memory",
]


class SecretRef(SpecModel):
    """A secret value by name and version: the value itself is in the secret store only."""

    name: ShortText
    version: int = Field(ge=1)


class Reference(SpecModel):
    """A value known only when manifests are rendered: of a dependency (`host`, `port`, `address`), or of the instance.

    `dependency` names an app, `port` one of its ports as a dependency does; `field` an instance's own field.
    """

    dependency: ShortText = ""
    port: ShortText = ""
    part: Literal["address", "host", "port", "url"] = "address"
    field: InstanceField | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Reference:
        if bool(self.dependency) == bool(self.field):
            raise SpecError(_("A reference is either to a dependency or to a field of the instance. Choose one."))
        return self


class EnvVar(SpecModel):
    """A variable: exactly one of a literal value, a secret, a reference."""

    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: ShortText
    value: Text | None = None
    secret: SecretRef | None = None
    reference: Reference | None = None

    @model_validator(mode="after")
    def _sound(self) -> EnvVar:
        check_env_name(self.name, field=f"env.{self.name}")
        if sum(source is not None for source in (self.value, self.secret, self.reference)) != 1:
            sentence = _("The variable {name} needs one of: a value, a secret, a reference.")
            raise SpecError(say(sentence, name=self.name), field=f"env.{self.name}")
        return self


class EnvGroup(SpecModel):
    """A group of variables shared in the tenant. `version` 0 takes the newest when a release freezes it."""

    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: ShortText
    version: int = Field(default=0, ge=0)


class File(SpecModel):
    """A file put into the containers of one process (`process`) or of all (`""`), from text or from a secret."""

    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: ShortText
    path: ShortText
    process: ShortText = ""
    content: LongText | None = None
    secret: SecretRef | None = None
    mode: int = Field(default=0o444, ge=0, le=0o777)

    @model_validator(mode="after")
    def _sound(self) -> File:
        check_name(self.name, what=_("file"), field="files")
        check_path(self.path, field="files")
        if (self.content is None) == (self.secret is None):
            raise SpecError(say(_("The file {name} needs either text or a secret."), name=self.name), field="files")
        return self


def check_path(path: str, *, field: str) -> None:
    """SpecError unless it is an absolute path in a container, without `..` and without `:`."""
    if not path.startswith("/") or path == "/" or ".." in path.split("/") or ":" in path:
        sentence = _("{path} cannot be a path in the container. It begins with / and holds neither .. nor a colon.")
        raise SpecError(say(sentence, path=path or "“”"), field=field)
