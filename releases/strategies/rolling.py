"""Rolling: each workload replaces its instances by its own rolling update, surge and unavailability as set."""

from releases.strategies.plan import Outline, outline


def forward(patience: float, *, from_zero: bool = False) -> tuple[Outline, ...]:
    """The way out; `patience` is how long instances may make no progress, in seconds.

    `from_zero`: workloads were taken down before, autoscaled ones too, so each gets its number.
    """
    return (
        outline("apply", part="needs"),
        outline("apply", part="workloads"),
        outline("set_replicas", **({"from_zero": True} if from_zero else {})),
        outline("wait_ready", timeout=patience),
        outline("apply", part="leads"),
        outline("prune"),
    )
