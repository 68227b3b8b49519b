"""A plan in the making: lines without numbers yet, and what they are made from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps_mgmt.spec import Strategy
from apps_mgmt.spec.steps import AnyStep
from releases.snapshot import Step

ACT_TIMEOUT = 600.0  # seconds a cluster has to take a change; one that is away is waited for that long
READY_TIMEOUT = 600.0  # seconds without any progress until instances count as stuck
A_YEAR = 31_536_000.0  # what waits for a person has no deadline of its own; the row of a timer needs one


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a plan is made from. `patience`: seconds without progress after which instances count as stuck.

    `most` is the largest number of instances that a process has on any cluster. `acts_on` names what one thing is done
    to, for a release that does no more. `freezes` are those it has to keep to, as `steps.freeze` has them. `before` and
    `after` are the steps that people want around everything else. `batch`: how many instances, a number or in %, come
    back at a time where a second track stands; blank for all at once. `built`: process → image, where the images that
    the plan would build are there already, and are brought as they are. `stopped`: nothing runs, and the strategy is
    what was kept of it (see `stopped`). `refills`: clusters lose instances that others get, and get them back before
    those go.
    """

    strategy: Strategy = field(default_factory=Strategy)
    patience: float = READY_TIMEOUT
    most: int = 0
    acts_on: Mapping[str, Any] = field(default_factory=dict)
    freezes: Sequence[Mapping[str, str]] = ()
    before: tuple[AnyStep, ...] = ()
    after: tuple[AnyStep, ...] = ()
    batch: str = ""
    built: Mapping[str, str] = field(default_factory=dict)
    stopped: bool = False
    refills: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    kind: str
    timeout: float = ACT_TIMEOUT
    options: dict[str, Any] = field(default_factory=dict)


def outline(kind: str, *, timeout: float = ACT_TIMEOUT, **options: Any) -> Outline:
    """A line of the plan. Options that are None are left out."""
    return Outline(kind=kind, timeout=timeout, options={key: one for key, one in options.items() if one is not None})


def numbered(forward: Iterable[Outline], back: Iterable[Outline]) -> tuple[Step, ...]:
    """The way out, then the way back, numbered through from 1."""
    lines = [(line, False) for line in forward] + [(line, True) for line in back]
    return tuple(
        Step(number=number, kind=line.kind, timeout=line.timeout, back=is_back, options=line.options)
        for number, (line, is_back) in enumerate(lines, 1)
    )
