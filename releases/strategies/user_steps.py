"""The steps that people planned, as lines of a plan."""

from collections.abc import Callable, Iterator
from typing import Any

from apps_mgmt.spec.steps import AnyStep
from apps_mgmt.spec.steps_acting import BatchStep, TrafficStep
from apps_mgmt.spec.steps_waiting import PauseStep, WaitStep
from releases.strategies.gates import pause
from releases.strategies.plan import Ask, Outline, outline
from releases.strategies.two_tracks import traded


def lines_of(ask: Ask) -> Iterator[Outline]:
    """The lines of a strategy's own steps, in order. KeyError for a kind that no line can be made of yet."""
    for step in ask.strategy.steps:
        yield from LINES[type(step)](ask, step)


def _batch(ask: Ask, step: BatchStep) -> tuple[Outline, ...]:
    return (traded(ask, step.replicas, surge=step.replicas),)


def _traffic(ask: Ask, step: TrafficStep) -> tuple[Outline, ...]:
    """Where no route can give a share, instances do: so many of them are new."""
    header = step.header
    lines = [
        outline(
            "traffic",
            share=step.traffic or 0,
            header=header.name if header else None,
            value=header.value if header else None,
        )
    ]
    if step.traffic:
        line = traded(ask, f"{step.traffic}%", surge=f"{step.traffic}%")
        lines.append(outline(line.kind, timeout=line.timeout, **line.options, unweighted=True))
    return tuple(lines)


def _pause(ask: Ask, step: PauseStep) -> tuple[Outline, ...]:
    return pause(step.seconds)


def _wait(ask: Ask, step: WaitStep) -> tuple[Outline, ...]:
    """Trading waits for what it brings, so there is nothing left to wait for."""
    return ()


LINES: dict[type[AnyStep], Callable[[Ask, Any], tuple[Outline, ...]]] = {
    BatchStep: _batch,
    TrafficStep: _traffic,
    PauseStep: _pause,
    WaitStep: _wait,
}
