"""Changes to the processes of a spec. Each gives a new spec; SpecError when it cannot be so."""

from __future__ import annotations

from typing import Any, Self

from django.utils.translation import gettext_lazy as _

from apps_mgmt.spec.base import drop, find, put
from apps_mgmt.spec.containers import Init, Sidecar
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.health import Probe, ProbeName, Probes
from apps_mgmt.spec.process import Process
from apps_mgmt.spec.scaling import Autoscaler
from apps_mgmt.spec.shape import SpecShape
from apps_mgmt.spec.steps import processes_of, renamed
from apps_mgmt.spec.volumes import Mount, TempVolume


class ProcessChanges(SpecShape):
    """Processes: add, change, remove, rename; their helpers, probes, scaling, mounts."""

    def with_process(self, name: str, **changes: Any) -> Self:
        """A process with these fields changed."""
        return self.change(processes=put(self.processes, self.process(name).change(**changes)))

    def with_new_process(self, name: str, **fields: Any) -> Self:
        """One more process."""
        if any(process.name == name for process in self.processes):
            sentence = _("There is a process {name} already. Choose another name.")
            raise SpecError(say(sentence, name=name), field="name")
        return self.change(processes=(*self.processes, Process(name=name, **fields)))

    def without_process(self, name: str) -> Self:
        """Without a process. SpecError while a route, a job or a hook needs it; its files and numbers go with it."""
        self.process(name)
        for users, sentence in (
            ([row.process for row in self.routes], _("A route leads to {name}. Remove the route first.")),
            ([row.process for row in self.jobs], _("A scheduled job uses {name}. Unschedule it first.")),
            (
                [one for step in self.release.steps for one in processes_of(step)],
                _("A step of the release, or a hook of it, uses {name}. Remove it first."),
            ),
        ):
            if name in users:
                raise SpecError(say(sentence, name=name), field="process")
        overrides = tuple(
            override.change(replicas=tuple(share for share in override.replicas if share.process != name))
            for override in self.placement.overrides
        )
        return self.change(
            processes=drop(self.processes, [name], what=_("process")),
            files=tuple(file for file in self.files if file.process != name),
            placement=self.placement.change(overrides=overrides),
        )

    def with_process_renamed(self, name: str, *, to: str) -> Self:
        """The same under another name; routes, files, jobs, steps and numbers per cluster follow."""
        process = self.process(name)
        if any(other.name == to for other in self.processes):
            raise SpecError(say(_("There is a process {name} already. Choose another name."), name=to), field="name")

        def follow(rows: tuple[Any, ...]) -> tuple[Any, ...]:
            return tuple(row.change(process=to) if row.process == name else row for row in rows)

        def seen(rows: tuple[Any, ...]) -> tuple[Any, ...]:
            return tuple(
                row.change(containers=tuple(to if one == name else one for one in row.containers)) for row in rows
            )

        release = self.release
        moved = process.change(name=to, temp=seen(process.temp), mounts=seen(process.mounts))
        overrides = tuple(row.change(replicas=follow(row.replicas)) for row in self.placement.overrides)
        return self.change(
            processes=tuple(moved if row is process else row for row in self.processes),
            files=follow(self.files),
            routes=follow(self.routes),
            jobs=follow(self.jobs),
            release=self.release.change(
                strategy=release.strategy.change(steps=renamed(release.strategy.steps, name, to=to)),
                hooks=release.hooks.change(
                    before=renamed(release.hooks.before, name, to=to), after=renamed(release.hooks.after, name, to=to)
                ),
            ),
            placement=self.placement.change(overrides=overrides),
        )

    def with_probe(self, process: str, which: ProbeName, probe: Probe | None) -> Self:
        """One probe set, or taken away with None."""
        return self.with_process(process, probes=self.process(process).probes.change(**{which: probe}))

    def with_probe_path(self, process: str, path: str, *, port: str = "") -> Self:
        """Readiness and liveness by HTTP on this path; what they say of times and headers stays."""
        probes = self.process(process).probes
        port = port or next((probe.port for _name, probe in probes.given() if probe.kind == "http"), "")

        def moved(probe: Probe | None) -> Probe:
            return (probe or Probe()).change(kind="http", path=path, port=port, command=(), service="")

        return self.with_process(
            process, probes=probes.change(readiness=moved(probes.readiness), liveness=moved(probes.liveness))
        )

    def without_probe(self, process: str, *which: ProbeName) -> Self:
        """Without these probes; without any when none is named."""
        probes = self.process(process).probes
        gone: tuple[str, ...] = which or tuple(Probes.model_fields)
        return self.with_process(process, probes=probes.change(**dict.fromkeys(gone)))

    def with_autoscaler(self, process: str, autoscaler: Autoscaler | None) -> Self:
        """Scaling by itself within limits; with None the number of `replicas` holds again."""
        return self.with_process(process, autoscaler=autoscaler)

    def with_sidecar(self, process: str, name: str, **fields: Any) -> Self:
        """A container beside the process, new or in place of the one of that name."""
        rows = put(self.process(process).sidecars, Sidecar(name=name, **fields))
        return self.with_process(process, sidecars=rows)

    def without_sidecar(self, process: str, name: str) -> Self:
        """Without that container."""
        rows = drop(self.process(process).sidecars, [name], what=_("sidecar"))
        return self.with_process(process, sidecars=rows)

    def with_init(self, process: str, name: str, **fields: Any) -> Self:
        """A container that runs before the process, new or in place of the one of that name."""
        return self.with_process(process, inits=put(self.process(process).inits, Init(name=name, **fields)))

    def without_init(self, process: str, name: str) -> Self:
        """Without that container."""
        return self.with_process(process, inits=drop(self.process(process).inits, [name], what=_("init container")))

    def with_mount(self, process: str, *, volume: str, path: str, **fields: Any) -> Self:
        """A volume seen by a process at a path."""
        find(self.volumes, volume, what=_("volume"), field="volume")
        rows = put(self.process(process).mounts, Mount(volume=volume, path=path, **fields))
        return self.with_process(process, mounts=rows)

    def without_mount(self, process: str, path: str) -> Self:
        """Nothing at that path."""
        return self.with_process(process, mounts=drop(self.process(process).mounts, [path], what=_("mount at")))

    def with_temp(self, process: str, path: str, **fields: Any) -> Self:
        """Space that goes with the instance, at a path."""
        return self.with_process(process, temp=put(self.process(process).temp, TempVolume(path=path, **fields)))

    def without_temp(self, process: str, path: str) -> Self:
        """Without that space."""
        return self.with_process(process, temp=drop(self.process(process).temp, [path], what=_("temporary volume at")))
