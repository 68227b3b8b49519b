"""The steps that people planned, as lines of a plan."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from apps_mgmt.spec.steps import AnyStep
from apps_mgmt.spec.steps_acting import BatchStep, TrafficStep
from apps_mgmt.spec.steps_waiting import ApprovalStep, NoteStep, PauseStep, SoakStep, WaitStep, WindowStep
from releases.strategies.gates import pause
from releases.strategies.plan import A_YEAR, ACT_TIMEOUT, Ask, Outline, outline
from releases.strategies.two_tracks import traded


def lines_of(ask: Ask) -> Iterator[Outline]:
    """The lines of a strategy's own steps, in order. KeyError for a kind that no line can be made of yet."""
    yield from lines_for(ask, ask.strategy.steps)


def lines_for(ask: Ask, steps: Iterable[AnyStep]) -> Iterator[Outline]:
    """The same for any steps: each line has what its step has, whatever kind it is (see `releases.having`)."""
    for step in steps:
        for line in LINES[type(step)](ask, step):
            yield replace(line, timeout=float(step.timeout) or line.timeout, options={**line.options, **_has(step)})


def _has(step: AnyStep) -> dict[str, Any]:
    said = step.model_dump(mode="json", include={"name", "when", "condition", "inputs"}, exclude_defaults=True)
    return {**said, "retry": step.retry.model_dump()} if step.retry.limit else said


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


def _approval(ask: Ask, step: ApprovalStep) -> tuple[Outline, ...]:
    options = step.model_dump(mode="json", include={"members", "roles", "count", "author", "expires"})
    return (outline("approval", timeout=A_YEAR, **options),)


def _note(ask: Ask, step: NoteStep) -> tuple[Outline, ...]:
    return (outline("note", timeout=A_YEAR, text=step.text, confirm=step.confirm),)


def _soak(ask: Ask, step: SoakStep) -> tuple[Outline, ...]:
    return (outline("soak", timeout=ACT_TIMEOUT + step.lasts, lasts=step.lasts, restarts=step.restarts),)


def _window(ask: Ask, step: WindowStep) -> tuple[Outline, ...]:
    options = step.model_dump(mode="json", include={"hours", "time_zone", "override"})
    return (outline("window", timeout=A_YEAR, **options),)


LINES: dict[type[AnyStep], Callable[[Ask, Any], tuple[Outline, ...]]] = {
    BatchStep: _batch,
    TrafficStep: _traffic,
    PauseStep: _pause,
    WaitStep: _wait,
    ApprovalStep: _approval,
    NoteStep: _note,
    SoakStep: _soak,
    WindowStep: _window,
}
