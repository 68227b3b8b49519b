"""The steps that people planned, as lines of a plan."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from apps_mgmt.rendering.containers import resources_of
from apps_mgmt.spec import DEFAULT_SIZES
from apps_mgmt.spec.request import Request
from apps_mgmt.spec.steps import AnyStep, ParallelStep, leaves
from apps_mgmt.spec.steps_acting import (
    ApplyStep,
    BatchStep,
    BuildStep,
    HttpCallStep,
    JobStep,
    NotifyStep,
    TrafficStep,
)
from apps_mgmt.spec.steps_placed import laid_out, parts_of
from apps_mgmt.spec.steps_waiting import (
    ApprovalStep,
    HttpCheckStep,
    MetricCheckStep,
    NoteStep,
    PauseStep,
    SoakStep,
    WaitStep,
    WindowStep,
)
from releases.strategies.gates import pause
from releases.strategies.plan import A_YEAR, ACT_TIMEOUT, Ask, Outline, outline
from releases.strategies.two_tracks import traded
from releases.strategies.writing import BY_THEMSELVES, written

JOB_TIMEOUT = 3_600.0  # seconds a command in the cluster, or a build, may take, with what it takes to begin
ANSWER_TIMEOUT = 120.0  # seconds a server outside has to answer, with all tries together


def lines_of(ask: Ask) -> Iterator[Outline]:
    """The lines of a strategy's own steps, in order, with those that write what was frozen where no step does.

    KeyError for a kind that no line can be made of yet.
    """
    known = False
    for place in laid_out(ask.strategy.steps):
        for line in written(ask, place) if isinstance(place, str) else lines_for(ask, (place,)):
            needs = line.options.get("part") == "needs"
            if not (needs and known):  # all of it, after a part of it, is the rest
                yield line
            known = known or needs


def is_known(step: AnyStep) -> bool:
    """Whether lines can be made of a step; for those in branches see `unlike_branches`."""
    return all(type(leaf) in LINES for leaf in leaves([step]))


def unlike_branches(step: AnyStep) -> tuple[str, ...]:
    """The names of what in parallel steps cannot be done there: steps for a failure, and what is said of the group as a
    whole but its condition.
    """
    if not isinstance(step, ParallelStep):
        return ()
    plain = step.when == "on-success" and not (step.timeout or step.retry.limit or step.inputs)
    return (*(() if plain else (step.name,)), *(leaf.name for leaf in leaves([step]) if leaf.when != "on-success"))


def lines_for(ask: Ask, steps: Iterable[AnyStep]) -> Iterator[Outline]:
    """The same for any steps: each line has what its step has, whatever kind it is (see `releases.having`)."""
    for step in steps:
        if isinstance(step, ParallelStep):
            yield from _beside(ask, step)
            continue
        for line in LINES[type(step)](ask, step):
            yield replace(line, timeout=float(step.timeout) or line.timeout, options={**line.options, **_has(step)})


def _beside(ask: Ask, step: ParallelStep) -> Iterator[Outline]:
    """The lines of all branches, one branch after the other: `beside` says which run at the same time.

    The condition of the whole is one of each of its steps.
    """
    for branch in step.branches:
        for line in lines_for(ask, branch.steps):
            own = line.options.get("condition", "")
            both = " && ".join(f"({text})" for text in (step.condition, own) if text)
            options = {**line.options, "beside": [step.name, branch.name]}
            yield replace(line, options={**options, "condition": both} if both else options)


def _has(step: AnyStep) -> dict[str, Any]:
    said = step.model_dump(mode="json", include={"name", "when", "condition", "inputs"}, exclude_defaults=True)
    return {**said, "retry": step.retry.model_dump()} if step.retry.limit else said


def _apply(ask: Ask, step: ApplyStep) -> tuple[Outline, ...]:
    return tuple(line for part in parts_of(step) for line in written(ask, part))


def _batch(ask: Ask, step: BatchStep) -> tuple[Outline, ...]:
    return (traded(ask, step.replicas, surge=step.replicas, whole=True),)


def _traffic(ask: Ask, step: TrafficStep) -> tuple[Outline, ...]:
    """First so many instances are new as the share is, where a batch has not made them; then routes lead there.

    A share never leads to fewer new instances than their part of all, so it needs no batch before it, and no more
    requests come to one of them than to any other. Argo Rollouts lets the canary follow the weight by default, too.
    Where no route can give a share, that is all. Requests with a header alone need one that answers.
    """
    header = step.header
    moved = outline(
        "traffic",
        share=step.traffic or 0,
        header=header.name if header else None,
        value=header.value if header else None,
    )
    if step.traffic:
        size = f"{step.traffic}%"
        return (traded(ask, size, surge=size, whole=True, shared=True), moved)
    return (traded(ask, "1", surge="1", whole=True, shared=True, weighted=True), moved) if header else (moved,)


def _pause(ask: Ask, step: PauseStep) -> tuple[Outline, ...]:
    return pause(step.seconds, trading=ask.strategy.kind not in BY_THEMSELVES)


def _wait(ask: Ask, step: WaitStep) -> tuple[Outline, ...]:
    """Trading waits for what it brings, so there is nothing left to wait for; what rolls by itself does not."""
    return (outline("wait_ready", timeout=ask.patience),) if ask.strategy.kind in BY_THEMSELVES else ()


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


def _job(ask: Ask, step: JobStep) -> tuple[Outline, ...]:
    resources = resources_of(step.resources, DEFAULT_SIZES)
    options = {"process": step.process, "command": list(step.command), "resources": resources, "once": step.once}
    return (outline("job", timeout=JOB_TIMEOUT, **options),)


def _build(ask: Ask, step: BuildStep) -> tuple[Outline, ...]:
    """Once for all clusters. What was built already is not built again."""
    options: dict[str, Any] = {"processes": list(step.processes), "once": True}
    if all(name in ask.built for name in step.processes):
        options["kept"] = ask.built[step.processes[0]]
    if step.request:
        options |= _request(step.request)
    else:
        resources = resources_of(step.resources, DEFAULT_SIZES)
        options |= {"image": step.image, "command": list(step.command), "resources": resources}
    return (outline("build", timeout=JOB_TIMEOUT, **options),)


def _notify(ask: Ask, step: NotifyStep) -> tuple[Outline, ...]:
    return (outline("notify", channel=step.channel, message=step.message),)


def _call(ask: Ask, step: HttpCallStep) -> tuple[Outline, ...]:
    return (outline("http_call", timeout=ANSWER_TIMEOUT, once=step.once, **_request(step.request)),)


def _http_check(ask: Ask, step: HttpCheckStep) -> tuple[Outline, ...]:
    options = step.model_dump(mode="json", include={"lasts", "period", "failures"})
    if step.request:
        options |= _request(step.request)
    else:
        options |= {"process": step.process, "port": step.port, "path": step.path}
    return (outline("http_check", timeout=ANSWER_TIMEOUT + step.lasts, **options),)


def _metric_check(ask: Ask, step: MetricCheckStep) -> tuple[Outline, ...]:
    named = {"query", "least", "most", "samples", "period", "failures", "missing"}
    timeout = ANSWER_TIMEOUT + step.samples * step.period
    return (outline("metric_check", timeout=timeout, **step.model_dump(mode="json", include=named)),)


def _request(request: Request) -> dict[str, Any]:
    """As it is frozen: secrets by name and version."""
    return {"request": request.model_dump(mode="json")}


LINES: dict[type[AnyStep], Callable[[Ask, Any], tuple[Outline, ...]]] = {
    ApplyStep: _apply,
    BatchStep: _batch,
    TrafficStep: _traffic,
    PauseStep: _pause,
    WaitStep: _wait,
    ApprovalStep: _approval,
    NoteStep: _note,
    SoakStep: _soak,
    WindowStep: _window,
    JobStep: _job,
    BuildStep: _build,
    NotifyStep: _notify,
    HttpCallStep: _call,
    HttpCheckStep: _http_check,
    MetricCheckStep: _metric_check,
}
