"""Rolling: each workload replaces its instances by its own rolling update, surge and unavailability as set."""

from apps_mgmt.spec.steps_acting import ApplyStep
from apps_mgmt.spec.steps_placed import parts_of
from releases.strategies.plan import Ask, Outline, outline
from releases.strategies.user_steps import lines_of
from releases.strategies.writing import written


def forward(ask: Ask) -> tuple[Outline, ...]:
    """The way out: by the steps that people planned where there are any, else all parts one after another."""
    steps = ask.strategy.steps
    if not steps:
        return usual(ask)
    opens = any(isinstance(step, ApplyStep) and "leads" in parts_of(step) for step in steps)
    return (*lines_of(ask), *(() if opens else written(ask, "leads")), outline("prune"))


def usual(ask: Ask, *, from_zero: bool | None = None, as_left: bool | None = None) -> tuple[Outline, ...]:
    """The parts one after another. `from_zero`: workloads were taken down before, autoscaled ones too, so each gets its
    number. `as_left`: an autoscaled one new to a cluster begins with as many as there are on those that are left.
    """
    return (
        outline("apply", part="needs"),
        outline("apply", part="workloads"),
        outline("set_replicas", from_zero=from_zero, as_left=as_left),
        outline("wait_ready", timeout=ask.patience),
        outline("apply", part="leads"),
        outline("prune"),
    )
