"""Which rules of the platform a spec breaks, with a sentence each that names the rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps_mgmt.spec import AppSpec, Process, SpecError, parse_image
from apps_mgmt.spec.image import Image, registry_of
from apps_mgmt.spec.images import NamedImage, images_of, images_of_steps
from apps_mgmt.spec.quantity import bytes_of, millicores
from apps_mgmt.spec.resources import DEFAULT_SIZES, Amounts
from apps_mgmt.spec.steps import AnyStep
from tenants.rules import PlatformRules


@dataclass(frozen=True)
class Broken:
    """`field` is the path in the spec. `late`: it may wait until the release, since a new app cannot say it yet."""

    sentence: str
    field: str
    late: bool = False


def broken(spec: AppSpec, rules: PlatformRules) -> tuple[Broken, ...]:
    """Everything that has to be mended before the spec may be released."""
    return (*_images(images_of(spec), rules), *_processes(spec, rules), *_annotations(spec, rules))


def broken_by_steps(steps: Iterable[AnyStep], rules: PlatformRules) -> tuple[Broken, ...]:
    """The same of steps alone, whichever app takes them."""
    return tuple(_images(images_of_steps(steps), rules))


def _images(named: Iterable[NamedImage], rules: PlatformRules) -> Iterator[Broken]:
    for one in named:
        image = parse_image(one.image)
        if rules.tagged and image.floating:
            sentence = _("Rule “images need a version”: {name} uses {image}, which can mean another image tomorrow.")
            yield Broken(sentence.format(name=one.name, image=one.image), one.field)
        if rules.registries and not is_from(image, rules.registries):
            sentence = _("Rule “allowed registries”: {name} uses {image}. Images come from {allowed}.")
            words = {"name": one.name, "image": one.image, "allowed": ", ".join(rules.registries)}
            yield Broken(sentence.format(**words), one.field)


def _processes(spec: AppSpec, rules: PlatformRules) -> Iterator[Broken]:
    for process in spec.processes:
        own = (process.resources, *(one.resources for one in process.sidecars))
        amounts = [one.settled(DEFAULT_SIZES) for one in (*own, *(one.resources for one in process.inits))]
        field = f"processes.{process.name}.resources"
        if rules.requested and not all(one.cpu_request and one.memory_request for one in amounts):
            sentence = _("Rule “containers say what they need”: {name} names no request of CPU or memory.")
            yield Broken(sentence.format(name=process.name), field)
        cpu, memory = _most(process, amounts)
        if rules.cpu and cpu > millicores(rules.cpu):
            sentence = _("Rule “most CPU of one instance”: an instance of {name} may use more than {most}.")
            yield Broken(sentence.format(name=process.name, most=rules.cpu), field)
        if rules.memory and memory > bytes_of(rules.memory):
            sentence = _("Rule “most memory of one instance”: an instance of {name} may use more than {most}.")
            yield Broken(sentence.format(name=process.name, most=rules.memory), field)
        if rules.probed and process.ports and process.probes.readiness is None:
            sentence = _("Rule “what listens needs a readiness probe”: {name} has none.")
            yield Broken(sentence.format(name=process.name), f"processes.{process.name}.probes", late=True)


def _most(process: Process, amounts: list[Amounts]) -> tuple[int, int]:
    """The most CPU and memory that the containers of an instance come to that run beside each other."""
    beside = amounts[: 1 + len(process.sidecars)]
    cpu = sum(millicores(one.cpu_limit or one.cpu_request) for one in beside)
    return cpu, sum(bytes_of(one.memory_limit or one.memory_request) for one in beside)


def _annotations(spec: AppSpec, rules: PlatformRules) -> Iterator[Broken]:
    for row in spec.annotations:
        if rules.annotations and not row.key.startswith(rules.annotations):
            sentence = _("Rule “allowed annotations”: {key} is none of them. They begin with {allowed}.")
            yield Broken(sentence.format(key=row.key, allowed=", ".join(rules.annotations)), "annotations")


def is_from(image: Image, prefixes: tuple[str, ...]) -> bool:
    """Whether an image comes from one of the allowed registries, or from a path in one, as runtimes resolve both."""
    allowed = tuple(f"{one}/" for prefix in prefixes for one in _resolved(prefix.rstrip("/")))
    return f"{image.full_name}/".startswith(allowed)


def _resolved(prefix: str) -> tuple[str, ...]:
    """What a prefix stands for; of Docker Hub one part can be the path of a team, or the name of an official image."""
    registry, slash, path = prefix.partition("/")
    plain = f"{registry_of(registry)}{slash}{path}"
    try:
        return plain, parse_image(plain).full_name
    except SpecError:
        return (plain,)
