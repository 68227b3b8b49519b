"""What the checks read of a pod, and how they list what they found."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..objects import Object


def containers_of(spec: Object) -> Iterator[Object]:
    yield from spec.get("initContainers") or ()
    yield from spec.get("containers") or ()


def security_of(holder: Object) -> Object:
    """The security context of a pod or a container."""
    return holder.get("securityContext") or {}


def named(spec: Object, test: Callable[[Object], bool]) -> list[str]:
    """Names of the containers for which the test holds."""
    return [container.get("name", "") for container in containers_of(spec) if test(container)]


def quoted(values: list[str]) -> str:
    return ", ".join(f'"{value}"' for value in values)


def several(word: str, values: list[str]) -> str:
    """``container "web"`` or ``containers "web", "side"``."""
    return f"{word}{'s' if len(values) > 1 else ''} {quoted(values)}"


def profile_of(holder: Object) -> str:
    """The type of the seccomp profile; empty when none is set."""
    return str((security_of(holder).get("seccompProfile") or {}).get("type", ""))
