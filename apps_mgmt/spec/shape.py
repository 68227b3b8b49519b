"""The fields of a spec, and how its parts are found."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps_mgmt.spec.base import ShortText, SpecModel, find
from apps_mgmt.spec.config import EnvGroup, EnvVar, File
from apps_mgmt.spec.life import Binding, Drain, Hibernate, Job, Pair, TemplateRef
from apps_mgmt.spec.network import Dependency, Domain, HostAlias, Maintenance, NetworkPolicy, Route
from apps_mgmt.spec.placing import Placement
from apps_mgmt.spec.ports import Port
from apps_mgmt.spec.process import Process
from apps_mgmt.spec.releasing import ReleasePolicy
from apps_mgmt.spec.secrets import secrets_in
from apps_mgmt.spec.volumes import Volume


class SpecShape(SpecModel):
    """See `AppSpec`, which adds the invariants and the changes."""

    processes: tuple[Process, ...] = ()
    registry_credential: ShortText = ""
    env: tuple[EnvVar, ...] = ()
    env_groups: tuple[EnvGroup, ...] = ()
    files: tuple[File, ...] = ()
    bindings: tuple[Binding, ...] = ()
    volumes: tuple[Volume, ...] = ()
    routes: tuple[Route, ...] = ()
    domains: tuple[Domain, ...] = ()
    platform_domain: bool = False
    maintenance: Maintenance = Maintenance()
    network_policy: NetworkPolicy | None = None
    host_aliases: tuple[HostAlias, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    placement: Placement = Placement()
    release: ReleasePolicy = ReleasePolicy()
    jobs: tuple[Job, ...] = ()
    drains: tuple[Drain, ...] = ()
    hibernate: Hibernate | None = None
    stopped: bool = False
    labels: tuple[Pair, ...] = ()
    annotations: tuple[Pair, ...] = ()
    template: TemplateRef | None = None

    def process(self, name: str, *, field: str = "process") -> Process:
        """The process of that name. SpecError naming those there are."""
        return find(self.processes, name, what=_("process"), field=field)

    def port(self, process: str, name: str = "") -> Port:
        """A port of a process, `""` for its first. SpecError naming those there are."""
        return self.process(process).port(name)

    def variables_of(self, process: str) -> tuple[EnvVar, ...]:
        """The variables set for a process: its own and, where it has none of that name, those for all."""
        own = self.process(process).env
        names = {variable.name for variable in own}
        return (*(variable for variable in self.env if variable.name not in names), *own)

    def files_of(self, process: str) -> tuple[File, ...]:
        """The files a process sees."""
        return tuple(file for file in self.files if file.process in ("", process))

    def front(self) -> tuple[Process, Port] | None:
        """What the platform's own address leads to: the first public port that carries HTTP or gRPC."""
        for process in self.processes:
            for port in process.ports:
                if port.exposure == "public" and port.protocol in ("http", "grpc"):
                    return process, port
        return None

    def secrets(self) -> tuple[tuple[str, int], ...]:
        """Every secret the spec names, as (name, version), each once, sorted."""
        return tuple(sorted({(row.name, row.version) for row in secrets_in(self)}))
