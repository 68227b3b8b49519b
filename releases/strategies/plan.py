"""A plan in the making: lines without numbers yet."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from releases.snapshot import Step

ACT_TIMEOUT = 600.0  # seconds a cluster has to take a change; one that is away is waited for that long
READY_TIMEOUT = 600.0  # seconds without any progress until instances count as stuck


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    kind: str
    timeout: float = ACT_TIMEOUT
    options: dict[str, Any] = field(default_factory=dict)


def outline(kind: str, *, timeout: float = ACT_TIMEOUT, **options: Any) -> Outline:
    return Outline(kind=kind, timeout=timeout, options=options)


def numbered(forward: Iterable[Outline], back: Iterable[Outline]) -> tuple[Step, ...]:
    """The way out, then the way back, numbered through from 1."""
    lines = [(line, False) for line in forward] + [(line, True) for line in back]
    return tuple(
        Step(number=number, kind=line.kind, timeout=line.timeout, back=is_back, options=line.options)
        for number, (line, is_back) in enumerate(lines, 1)
    )
