"""Volumes that stay, where processes see them, and volumes that go with the instance."""

from __future__ import annotations

from typing import ClassVar, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import model_validator

from apps_mgmt.spec.base import ShortText, SpecModel
from apps_mgmt.spec.config import check_path
from apps_mgmt.spec.errors import SpecError
from apps_mgmt.spec.names import check_name
from apps_mgmt.spec.quantity import Bytes, bytes_of

AccessMode = Literal["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]


class Volume(SpecModel):
    """A volume of the app: one per cluster, or one per instance when a StatefulSet mounts it."""

    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: ShortText
    size: Bytes
    storage_class: ShortText = ""
    access_mode: AccessMode = "ReadWriteOnce"

    @model_validator(mode="after")
    def _sound(self) -> Volume:
        check_name(self.name, what=_("volume"), field="volumes")
        if bytes_of(self.size) == 0:
            raise SpecError(_("A volume needs a size, for example 10Gi."), field="size")
        return self


class Mount(SpecModel):
    """Where a process sees a volume of the app. `containers` lists who does; `()` is all but the sidecars."""

    KEY: ClassVar[tuple[str, ...]] = ("path",)

    volume: ShortText
    path: ShortText
    read_only: bool = False
    sub_path: ShortText = ""
    containers: tuple[ShortText, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> Mount:
        check_path(self.path, field="path")
        if self.sub_path.startswith("/") or ".." in self.sub_path.split("/"):
            raise SpecError(_("The sub-path is relative to the volume and holds no .. ."), field="sub_path")
        return self


class TempVolume(SpecModel):
    """Space that lives and goes with the instance. `containers` lists who sees it; `()` is the process's own."""

    KEY: ClassVar[tuple[str, ...]] = ("path",)

    path: ShortText
    size: Bytes = ""
    in_memory: bool = False
    containers: tuple[ShortText, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> TempVolume:
        check_path(self.path, field="path")
        return self
