"""Every image that a spec can bring to a cluster: of processes, of what runs around them, and of steps of a release."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apps_mgmt.spec.app import AppSpec
from apps_mgmt.spec.containers import Init, Sidecar
from apps_mgmt.spec.image import parse
from apps_mgmt.spec.process import Process
from apps_mgmt.spec.steps import AnyStep, leaves


@dataclass(frozen=True)
class NamedImage:
    """The container or step that runs it, the reference, and the path of the field in the spec that says so."""

    name: str
    image: str
    field: str


def images_of(spec: AppSpec) -> Iterator[NamedImage]:
    """All of them; those of processes once more for every cluster that takes them from elsewhere."""
    around = [found for process in spec.processes for found in _of_process(process)]
    yield from around
    for override in spec.placement.overrides:
        if override.registry:
            field = f"placement.overrides.{override.cluster}"
            for one in around:
                yield NamedImage(one.name, str(parse(one.image).with_registry(override.registry)), field)
    yield from images_of_steps(spec.release.steps)


def images_of_steps(steps: Iterable[AnyStep]) -> Iterator[NamedImage]:
    """Those of steps that name one of their own, in branches, too; a registry of a cluster does not move them."""
    for step in leaves(steps):
        if image := getattr(step, "image", None):
            yield NamedImage(step.name, image, "release.strategy")


def _of_process(process: Process) -> Iterator[NamedImage]:
    containers: tuple[Process | Init | Sidecar, ...] = (process, *process.inits, *process.sidecars)
    for container in containers:
        yield NamedImage(container.name, container.image, f"processes.{process.name}.image")
