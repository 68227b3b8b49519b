"""Image references: `[registry/]repository[:tag][@digest]`, read as container runtimes read them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Annotated

from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator

from apps_mgmt.spec.errors import SpecError, say

DEFAULT_REGISTRY = "docker.io"
_OLD_NAMES = ("index.docker.io",)
_OFFICIAL = "library"
"""Where Docker Hub keeps what is named without a path."""
MAX_LENGTH = 512
MAX_NAME = 255  # of registry and repository together, as registries and runtimes have it
MAX_PORT = 65_535

_PART = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_REGISTRY = re.compile(rf"(?:{_HOST}(?:\.{_HOST})*|\[[0-9a-fA-F:]+\])(?::[0-9]{{1,5}})?")


@dataclass(frozen=True)
class Image:
    """An image reference in its parts. `registry` is `""` when none is named: then `docker.io` is meant."""

    registry: str
    repository: str
    tag: str
    digest: str

    def __str__(self) -> str:
        name = f"{self.registry}/{self.repository}" if self.registry else self.repository
        return f"{name}{f':{self.tag}' if self.tag else ''}{f'@{self.digest}' if self.digest else ''}"

    @property
    def full_name(self) -> str:
        """Registry and repository as container runtimes resolve them: `docker.io/library/nginx` for `nginx`."""
        host = registry_of(self.registry)
        official = host == DEFAULT_REGISTRY and "/" not in self.repository
        return f"{host}/{_OFFICIAL}/{self.repository}" if official else f"{host}/{self.repository}"

    @property
    def floating(self) -> bool:
        """It says `latest`, or nothing, and no digest: what it is can change under the same name."""
        return not self.digest and self.tag in ("", "latest")

    @property
    def short(self) -> str:
        """As it is shown where space is short: `frontend:v0.10.2`."""
        name = self.repository.rpartition("/")[2]
        return f"{name}:{self.tag}" if self.tag else f"{name}@{self.digest[7:19]}" if self.digest else name

    def with_tag(self, tag: str) -> Image:
        return parse(str(replace(self, tag=tag, digest="")))

    def with_digest(self, digest: str) -> Image:
        return parse(str(replace(self, digest=digest)))

    def with_registry(self, registry: str) -> Image:
        return parse(str(replace(self, registry=registry)))


def parse(text: str, *, field: str = "image") -> Image:
    """An image reference from what somebody typed. SpecError saying which part is not right."""
    text = text.strip()
    if not text:
        raise SpecError(_("An image is needed. Write it like registry.example.com/team/app:1.2.3."), field=field)
    if len(text) > MAX_LENGTH:
        raise SpecError(say(_("The image has more than {most} characters."), most=MAX_LENGTH), field=field)
    if "://" in text:
        raise SpecError(
            say(_("{text} is an address, not an image. Leave out what stands before ://."), text=text), field=field
        )
    name, at, digest = text.partition("@")
    if at and not _DIGEST.fullmatch(digest):
        sentence = _("{digest} is not a digest. It is sha256: and 64 hexadecimal digits.")
        raise SpecError(say(sentence, digest=digest or "“”"), field=field)
    registry, repository = _split_registry(name)
    repository, colon, tag = repository.partition(":")
    if colon and not _TAG.fullmatch(tag):
        sentence = _("{tag} is not a tag: letters, digits, _ . and -, at most 128, not beginning with . or -.")
        raise SpecError(say(sentence, tag=tag or "“”"), field=field)
    if registry and not _REGISTRY.fullmatch(registry):
        raise SpecError(say(_("{registry} is not the name of a registry."), registry=registry), field=field)
    port = registry.rpartition(":")[2]
    if port.isdecimal() and not 0 < int(port) <= MAX_PORT:
        sentence = _("{port} is not a port: they go from 1 to {most}.")
        raise SpecError(say(sentence, port=port, most=MAX_PORT), field=field)
    if not _REPOSITORY.fullmatch(repository):
        sentence = _("{repository} is not the name of an image: lower-case letters, digits, . _ - and / between parts.")
        raise SpecError(say(sentence, repository=repository or "“”"), field=field)
    if len(registry) + len(repository) + bool(registry) > MAX_NAME:
        sentence = _("The name of the image has more than {most} characters, which no registry takes.")
        raise SpecError(say(sentence, most=MAX_NAME), field=field)
    return Image(registry=registry, repository=repository, tag=tag, digest=digest)


def registry_of(name: str) -> str:
    """The registry that is asked where this one is named, or none (`""`): Docker Hub has an older name as well."""
    return DEFAULT_REGISTRY if not name or name in _OLD_NAMES else name


def _split_registry(name: str) -> tuple[str, str]:
    """The first part is a registry when it has a dot or a port, or is localhost; else it belongs to the name."""
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return first, rest
    return "", name


ImageText = Annotated[str, AfterValidator(lambda text: str(parse(text)))]
