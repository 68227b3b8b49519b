"""Changes to variables, secrets, files and volumes. `process` `""` means all processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from django.utils.translation import gettext_lazy as _

from apps_mgmt.spec.base import drop, find, put
from apps_mgmt.spec.config import EnvGroup, EnvVar, File, Reference, SecretRef
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.life import Binding
from apps_mgmt.spec.quantity import bytes_of
from apps_mgmt.spec.shape import SpecShape
from apps_mgmt.spec.volumes import Volume


class ConfigChanges(SpecShape):
    """What the processes find around them."""

    def with_variable(self, variable: EnvVar, *, process: str = "") -> Self:
        """A variable of any kind, new or in place of the one of that name."""
        if not process:
            return self.change(env=put(self.env, variable))
        owner = self.process(process)
        changed = owner.change(env=put(owner.env, variable))
        return self.change(processes=put(self.processes, changed))

    def with_env(self, name: str, value: str, *, process: str = "") -> Self:
        """A variable with a literal value."""
        return self.with_variable(EnvVar(name=name, value=value), process=process)

    def with_env_values(self, values: Mapping[str, str], *, process: str = "") -> Self:
        """Several variables with literal values."""
        spec = self
        for name, value in values.items():
            spec = spec.with_env(name, value, process=process)
        return spec

    def with_secret(self, name: str, version: int, *, process: str = "") -> Self:
        """A variable that takes its value from this version of the secret of the same name."""
        return self.with_variable(EnvVar(name=name, secret=SecretRef(name=name, version=version)), process=process)

    def with_reference(self, name: str, reference: Reference, *, process: str = "") -> Self:
        """A variable whose value is found when manifests are rendered."""
        return self.with_variable(EnvVar(name=name, reference=reference), process=process)

    def without_env(self, *names: str, process: str | None = None) -> Self:
        """Without these variables: for all processes (`""`), of one process, or everywhere (None).

        SpecError naming the first that is not set, or that a dependency gives.
        """
        spec = self
        for name in names:
            held = [owner for owner in spec._owners(name) if process is None or owner == process]
            if not held:
                for dependency in self.dependencies:
                    if name in dependency.variables:
                        sentence = _("{name} comes from the dependency on {app}. Remove the dependency instead.")
                        raise SpecError(say(sentence, name=name, app=dependency.app), field="names")
                raise SpecError(say(_("There is no variable {name} to unset."), name=name), field="names")
            for owner in held:
                spec = spec._drop_variable(name, owner)
        return spec

    def with_env_group(self, name: str, *, version: int = 0) -> Self:
        """A shared group attached, or another version of it."""
        return self.change(env_groups=put(self.env_groups, EnvGroup(name=name, version=version)))

    def without_env_group(self, name: str) -> Self:
        """A shared group detached."""
        return self.change(env_groups=drop(self.env_groups, [name], what=_("variable group")))

    def with_file(self, name: str, **fields: Any) -> Self:
        """A file, new or in place of the one of that name."""
        return self.change(files=put(self.files, File(name=name, **fields)))

    def without_file(self, name: str) -> Self:
        """Without that file."""
        return self.change(files=drop(self.files, [name], what=_("file")))

    def with_binding(self, instance: str, **fields: Any) -> Self:
        """A service bound."""
        return self.change(bindings=put(self.bindings, Binding(instance=instance, **fields)))

    def without_binding(self, instance: str) -> Self:
        """A service unbound."""
        return self.change(bindings=drop(self.bindings, [instance], what=_("service")))

    def with_volume(self, name: str, **fields: Any) -> Self:
        """One more volume. A volume that is there only grows: see `with_volume_expanded`."""
        if any(volume.name == name for volume in self.volumes):
            raise SpecError(say(_("There is a volume {name} already. Choose another name."), name=name), field="name")
        return self.change(volumes=(*self.volumes, Volume(name=name, **fields)))

    def with_volume_expanded(self, name: str, *, size: str) -> Self:
        """A larger volume. SpecError when it would not be larger."""
        volume = find(self.volumes, name, what=_("volume"), field="volume")
        if bytes_of(size, field="size") <= bytes_of(volume.size):
            sentence = _("The volume {name} has {now}. A volume can only grow: give more than that.")
            raise SpecError(say(sentence, name=name, now=volume.size), field="size")
        return self.change(volumes=put(self.volumes, volume.change(size=size)))

    def without_volume(self, name: str) -> Self:
        """Without a volume. SpecError while a process mounts it."""
        for process in self.processes:
            if any(mount.volume == name for mount in process.mounts):
                sentence = _("{process} mounts the volume {name}. Unmount it first.")
                raise SpecError(say(sentence, process=process.name, name=name), field="volume")
        return self.change(volumes=drop(self.volumes, [name], what=_("volume")))

    def every_variable(self) -> tuple[EnvVar, ...]:
        """Those of all processes, and behind them those that one has for itself."""
        return (*self.env, *(one for process in self.processes for one in process.env))

    def _owners(self, name: str) -> tuple[str, ...]:
        owners = [""] if any(row.name == name for row in self.env) else []
        owners += [process.name for process in self.processes if any(row.name == name for row in process.env)]
        return tuple(owners)

    def _drop_variable(self, name: str, process: str) -> Self:
        if not process:
            return self.change(env=drop(self.env, [name], what=_("variable")))
        owner = self.process(process)
        changed = owner.change(env=drop(owner.env, [name], what=_("variable")))
        return self.change(processes=put(self.processes, changed))
