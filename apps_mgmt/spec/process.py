"""A process: what runs, how often, with what beside it and how it is replaced."""

from __future__ import annotations

from typing import ClassVar, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field, model_validator

from apps_mgmt.spec.adopted import Adopted
from apps_mgmt.spec.base import ShortText, SpecModel, Text, refuse_doubles
from apps_mgmt.spec.config import EnvVar
from apps_mgmt.spec.containers import Hooks, Init, Security, ServiceAccount, Sidecar
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.health import Probes
from apps_mgmt.spec.image import ImageText
from apps_mgmt.spec.names import check_name, check_process_name
from apps_mgmt.spec.ports import Port
from apps_mgmt.spec.resources import Resources
from apps_mgmt.spec.scaling import Autoscaler
from apps_mgmt.spec.volumes import Mount, TempVolume

WorkloadKind = Literal["Deployment", "CloneSet", "StatefulSet"]
PullPolicy = Literal["", "Always", "IfNotPresent", "Never"]
MAX_REPLICAS = 500
MAX_MIN_READY, MAX_DEADLINE = 3600, 86_400


class Update(SpecModel):
    """How old instances give way to new ones. Amounts are a number or a percentage of the instances, as text.

    `in_place` keeps the instance and replaces its container where the workload kind can (CloneSet). Times in seconds.
    """

    max_surge: ShortText = "25%"
    max_unavailable: ShortText = "0"
    in_place: bool = False
    min_ready: int = Field(default=0, ge=0, le=MAX_MIN_READY)
    progress_deadline: int = Field(default=600, ge=1, le=MAX_DEADLINE)

    @model_validator(mode="after")
    def _moves(self) -> Update:
        for field, text in (("max_surge", self.max_surge), ("max_unavailable", self.max_unavailable)):
            number = text.removesuffix("%")
            if not (number.isascii() and number.isdigit() and len(number) <= 4):
                sentence = _("{text} is neither a number of instances nor a percentage. Write 1 or 25%.")
                raise SpecError(say(sentence, text=text or "“”"), field=field)
            if text.endswith("%") and int(number) > 100:
                raise SpecError(say(_("{text} is more than all of them."), text=text), field=field)
        if not int(self.max_surge.removesuffix("%")) and not int(self.max_unavailable.removesuffix("%")):
            sentence = _("With no instance more and no instance less allowed nothing could ever change. Allow one.")
            raise SpecError(sentence, field="max_surge")
        if self.min_ready >= self.progress_deadline:
            sentence = _("The deadline has to be longer than the time an instance must stay ready.")
            raise SpecError(sentence, field="progress_deadline")
        return self


class AutoUpdate(SpecModel):
    """A webhook may set the image when a tag of this pattern is pushed."""

    tag_pattern: ShortText
    deploy: bool = False


class Process(SpecModel):
    """One workload of the app. `replicas` is the total over all clusters; while suspended it is remembered.

    `restarted_at` is a time in ISO 8601 set by a restart: it stands in the pod template, so that pods are replaced.
    `adopted` holds the clusters on which it is a Deployment that was there before.
    """

    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: ShortText
    image: ImageText
    kind: WorkloadKind = "Deployment"
    pull_policy: PullPolicy = ""
    auto_update: AutoUpdate | None = None
    command: tuple[Text, ...] = ()
    args: tuple[Text, ...] = ()
    replicas: int = Field(default=1, ge=0, le=MAX_REPLICAS)
    suspended: bool = False
    resources: Resources = Resources()
    ports: tuple[Port, ...] = ()
    env: tuple[EnvVar, ...] = ()
    probes: Probes = Probes()
    termination_seconds: int = Field(default=30, ge=0, le=3600)
    hooks: Hooks = Hooks()
    sidecars: tuple[Sidecar, ...] = ()
    inits: tuple[Init, ...] = ()
    security: Security = Security()
    service_account: ServiceAccount = ServiceAccount()
    update: Update = Update()
    autoscaler: Autoscaler | None = None
    mounts: tuple[Mount, ...] = ()
    temp: tuple[TempVolume, ...] = ()
    restarted_at: ShortText = ""
    adopted: tuple[Adopted, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> Process:
        check_process_name(self.name, field=f"processes.{self.name}.name")
        for rows, what, field in (
            (self.ports, _("port"), "ports"),
            (self.env, _("variable"), "env"),
            (self.mounts, _("mount at"), "mounts"),
            (self.temp, _("temporary volume at"), "temp"),
            (self.adopted, _("workload taken over on"), "adopted"),
        ):
            refuse_doubles(rows, what=what, field=f"processes.{self.name}.{field}")
        self._containers()
        self._ports()
        self._places()
        if self.adopted and self.kind != "Deployment":
            sentence = _("{process} was taken over as a Deployment and has to stay one.")
            raise SpecError(say(sentence, process=self.name), field=f"processes.{self.name}.kind")
        return self

    def port(self, name: str) -> Port:
        """Its port of that name, `""` for its first. SpecError naming those there are."""
        if not name and self.ports:
            return self.ports[0]
        for port in self.ports:
            if port.name == name:
                return port
        field, there = f"processes.{self.name}.ports", ", ".join(port.name for port in self.ports)
        if not there:
            raise SpecError(say(_("{process} has no port. Add one first."), process=self.name), field=field)
        sentence = _("{process} has no port {name}. It has: {there}.")
        raise SpecError(say(sentence, process=self.name, name=name, there=there), field=field)

    def adopted_on(self, cluster: str) -> Adopted | None:
        """The workload it was taken over as on a cluster; None where Slipway made it."""
        return next((row for row in self.adopted if row.cluster == cluster), None)

    @property
    def ceiling(self) -> int:
        """The most instances it can come to when nothing rolls, before it is divided over clusters."""
        if self.suspended:
            return 0
        return self.autoscaler.ceiling if self.autoscaler else self.replicas

    def _containers(self) -> None:
        helpers: tuple[Sidecar | Init, ...] = (*self.sidecars, *self.inits)
        refuse_doubles(helpers, what=_("container"), field=f"processes.{self.name}.sidecars")
        for container in helpers:
            check_name(container.name, what=_("container"), field=f"processes.{self.name}.sidecars")
            if container.name == self.name:
                sentence = _("The container {name} has the name of its process. Give it another one.")
                raise SpecError(say(sentence, name=self.name), field=f"processes.{self.name}.sidecars")

    def _ports(self) -> None:
        at = f"processes.{self.name}"
        taken: dict[tuple[int, bool, str], str] = {}
        for port in self.ports:
            for number, role in ((port.port, "container"), (port.outside, "service")):
                other = taken.setdefault((number, port.protocol == "udp", role), port.name)
                if other != port.name:
                    sentence = _("The ports {one} and {two} of {process} are both number {number}. Change one of them.")
                    values = {"one": other, "two": port.name, "process": self.name, "number": number}
                    raise SpecError(say(sentence, **values), field=f"{at}.ports")
        for name, probe in self.probes.given():
            if probe.kind != "exec":
                if not self.ports:
                    sentence = _(
                        "The {probe} probe of {process} needs a port, and {process} has none. Add a port first."
                    )
                    raise SpecError(say(sentence, probe=name, process=self.name), field=f"{at}.probes.{name}")
                self.port(probe.port)

    def _places(self) -> None:
        seen: set[str] = set()
        rows: tuple[Mount | TempVolume, ...] = (*self.mounts, *self.temp)
        for path in (row.path for row in rows if not row.containers):
            if path in seen:
                sentence = _("{process} has two things at {path}. Mount one of them elsewhere.")
                raise SpecError(say(sentence, process=self.name, path=path), field=f"processes.{self.name}.mounts")
            seen.add(path)
        names = {self.name, *(sidecar.name for sidecar in self.sidecars), *(init.name for init in self.inits)}
        for row in rows:
            for container in row.containers:
                if container not in names:
                    sentence = _("{process} has no container {container} to see {path}.")
                    values = {"process": self.name, "container": container, "path": row.path}
                    raise SpecError(say(sentence, **values), field=f"processes.{self.name}.mounts")
