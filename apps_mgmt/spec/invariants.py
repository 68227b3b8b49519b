"""What has to hold between the parts of a spec. Each is a sentence with the way out."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from apps_mgmt.spec.base import find, refuse_doubles
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.names import check_app_name, check_label_key, check_label_value, check_together
from apps_mgmt.spec.network import check_domains
from apps_mgmt.spec.paths import refusal
from apps_mgmt.spec.shape import SpecShape
from apps_mgmt.spec.steps import AnyStep, leaves, processes_of
from apps_mgmt.spec.steps_waiting import HttpCheckStep

MAX_CONFIG = 900_000
MAX_PROCESSES = 50


def check_spec(spec: SpecShape) -> None:
    """SpecError for the first thing that does not hold."""
    if len(spec.processes) > MAX_PROCESSES:
        raise SpecError(say(_("An app has at most {most} processes."), most=MAX_PROCESSES), field="processes")
    _no_doubles(spec)
    _variables(spec)
    _files(spec)
    _volumes(spec)
    _routes(spec)
    _things_of_processes(spec)
    _labels(spec)
    _adopted(spec)


def check_for(spec: SpecShape, *, app: str) -> None:
    """What holds only together with the app's name. SpecError for the first thing that does not."""
    check_app_name(app)
    for process in spec.processes:
        check_together(app=app, process=process.name)
    for job in spec.jobs:
        check_together(app=app, process=job.name)
    for row in spec.dependencies:
        if row.app == app:
            raise SpecError(
                say(_("{app} cannot depend on itself. Take that dependency out."), app=app), field="dependencies"
            )


def check_paths(spec: SpecShape, *, before: SpecShape) -> None:
    """SpecError for the first path of a health check, or of a check in a release, that no server can be asked for.

    What was so `before` stays: it was typed when there was no such rule, and has to load.
    """
    _check_new(_probed(spec), before=_probed(before), field="path")
    check_step_paths(spec.release.strategy.steps, before=before.release.strategy.steps)


def check_step_paths(steps: Iterable[AnyStep], *, before: Iterable[AnyStep] = ()) -> None:
    """The same of the steps of a strategy."""
    _check_new(_checked(steps), before=_checked(before), field="steps")


def _check_new(paths: list[str], *, before: list[str], field: str) -> None:
    for path in paths:
        if path not in before and (sentence := refusal(path)) is not None:
            raise SpecError(sentence, field=field)


def _probed(spec: SpecShape) -> list[str]:
    return [probe.path for one in spec.processes for _name, probe in one.probes.given() if probe.kind == "http"]


def _checked(steps: Iterable[AnyStep]) -> list[str]:
    return [step.path for step in leaves(steps) if isinstance(step, HttpCheckStep) and step.process]


def _no_doubles(spec: SpecShape) -> None:
    for rows, what, field in (
        (spec.processes, _("process"), "processes"),
        (spec.env, _("variable"), "env"),
        (spec.env_groups, _("variable group"), "env_groups"),
        (spec.files, _("file"), "files"),
        (spec.bindings, _("service"), "bindings"),
        (spec.volumes, _("volume"), "volumes"),
        (spec.routes, _("route"), "routes"),
        (spec.domains, _("host"), "domains"),
        (spec.host_aliases, _("address"), "host_aliases"),
        (spec.dependencies, _("dependency on"), "dependencies"),
        (spec.jobs, _("job"), "jobs"),
        (spec.drains, _("log drain"), "drains"),
        (spec.labels, _("label"), "labels"),
        (spec.annotations, _("annotation"), "annotations"),
    ):
        refuse_doubles(rows, what=what, field=field)


def _variables(spec: SpecShape) -> None:
    given: dict[str, str] = {}
    for dependency in spec.dependencies:
        for name in dependency.variables:
            if given.setdefault(name, dependency.app) != dependency.app:
                sentence = _("{name} would come from {one} and from {two}. Give one of them another prefix.")
                raise SpecError(say(sentence, name=name, one=given[name], two=dependency.app), field="dependencies")
    own = [("env", spec.env), *((f"processes.{process.name}.env", process.env) for process in spec.processes)]
    for field, variables in own:
        for variable in variables:
            if variable.name in given:
                sentence = _("{name} is given by the dependency on {app}. Unset it, or change the prefix there.")
                raise SpecError(say(sentence, name=variable.name, app=given[variable.name]), field=field)
            if variable.reference and variable.reference.dependency:
                find_dependency(spec, variable.reference.dependency, field=field)
    for _field, variables in own:
        if sum(len(variable.name) + len((variable.value or "").encode()) for variable in variables) > MAX_CONFIG:
            raise SpecError(
                _("The variables are larger than what fits into one object (900 kB). Use a file or volume."),
                field="env",
            )


def find_dependency(spec: SpecShape, app: str, *, field: str) -> None:
    """SpecError unless the spec depends on that app."""
    if not any(row.app == app for row in spec.dependencies):
        sentence = _("There is no dependency on {app}. Add it first, then refer to it.")
        raise SpecError(say(sentence, app=app), field=field)


def _files(spec: SpecShape) -> None:
    for file in spec.files:
        if file.process:
            spec.process(file.process, field="files")
    for process in spec.processes:
        mine = [file for file in spec.files if file.process in ("", process.name)]
        places = [mount.path for mount in process.mounts]
        for file in mine:
            if places.count(file.path) or sum(other.path == file.path for other in mine) > 1:
                sentence = _("{process} has two things at {path}. Put one of them elsewhere.")
                raise SpecError(say(sentence, process=process.name, path=file.path), field="files")
        if sum(len((file.content or "").encode()) for file in mine) > MAX_CONFIG:
            raise SpecError(
                _("The files are larger than what fits into one object (900 kB). Use a volume."), field="files"
            )


def _volumes(spec: SpecShape) -> None:
    for process in spec.processes:
        for mount in process.mounts:
            field = f"processes.{process.name}.mounts"
            volume = find(spec.volumes, mount.volume, what=_("volume"), field=field)
            alone = volume.access_mode in ("ReadWriteOnce", "ReadWriteOncePod")
            if volume.access_mode == "ReadWriteOncePod" and process.ceiling > 1 and process.kind != "StatefulSet":
                sentence = _(
                    "{volume} can be used by one instance only, and {process} has more. Lower it or change the mode."
                )
                raise SpecError(say(sentence, volume=volume.name, process=process.name), field=field)
            if alone and process.kind != "StatefulSet" and process.autoscaler:
                sentence = _(
                    "{process} scales by itself, but {volume} can be used on one machine only. Change one of them."
                )
                raise SpecError(say(sentence, volume=volume.name, process=process.name), field=field)


def _routes(spec: SpecShape) -> None:
    for route in spec.routes:
        port = spec.process(route.process, field="routes").port(route.port)
        if port.protocol in ("tcp", "udp"):
            sentence = _("Routes carry HTTP and gRPC, but {port} of {process} is {protocol}. Choose another port.")
            values = {"port": port.name, "process": route.process, "protocol": port.protocol.upper()}
            raise SpecError(say(sentence, **values), field="routes")
        if port.exposure == "hidden":
            sentence = _("The port {port} of {process} is hidden. Expose it before a route leads there.")
            raise SpecError(say(sentence, port=port.name, process=route.process), field="routes")
    check_domains(spec.routes, spec.domains)
    if spec.platform_domain and spec.front() is None:
        sentence = _("The platform's address needs a public HTTP port to lead to. Expose one first.")
        raise SpecError(sentence, field="platform_domain")


def _things_of_processes(spec: SpecShape) -> None:
    for job in spec.jobs:
        spec.process(job.process, field="jobs")
    for step in spec.release.steps:
        for name in processes_of(step):
            spec.process(name, field="release.strategy")
    for leaf in leaves(spec.release.steps):
        if isinstance(leaf, HttpCheckStep) and leaf.process:
            spec.process(leaf.process).port(leaf.port)
    for override in spec.placement.overrides:
        for share in override.replicas:
            spec.process(share.process, field="placement.overrides")
    if spec.release.strategy.kind == "blue-green":
        for process in spec.processes:
            if process.kind == "StatefulSet":
                sentence = _(
                    "{process} is a StatefulSet, of which there cannot be two. Choose a strategy other than blue-green."
                )
                raise SpecError(say(sentence, process=process.name), field="release.strategy")


def _labels(spec: SpecShape) -> None:
    for label in spec.labels:
        check_label_key(label.key, field="labels")
        check_label_value(label.value, field="labels")
    for annotation in spec.annotations:
        check_label_key(annotation.key, field="annotations")


def _adopted(spec: SpecShape) -> None:
    taken: dict[tuple[str, str], str] = {}
    for process in spec.processes:
        for row in process.adopted:
            other = taken.setdefault((row.cluster, row.workload), process.name)
            if other != process.name:
                sentence = _("{one} and {two} would both be {workload} on {cluster}. Take it over as one of them.")
                values = {"one": other, "two": process.name, "workload": row.workload, "cluster": row.cluster}
                raise SpecError(say(sentence, **values), field=f"processes.{process.name}.adopted")
        if process.adopted and spec.network_policy is not None:
            sentence = _(
                "Network rules find instances by Slipway's labels, and those of {process}, which was taken over, "
                "have none. Take the rules out."
            )
            raise SpecError(say(sentence, process=process.name), field="network_policy")
