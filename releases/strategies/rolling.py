"""Rolling: each workload replaces its instances by its own rolling update, surge and unavailability as set."""

from releases.strategies.plan import Ask, Outline, outline


def forward(ask: Ask, *, from_zero: bool | None = None, as_left: bool | None = None) -> tuple[Outline, ...]:
    """The way out. `from_zero`: workloads were taken down before, autoscaled ones too, so each gets its number.

    `as_left`: an autoscaled one that is new to a cluster begins with as many as there are on those that are left.
    """
    return (
        outline("apply", part="needs"),
        outline("apply", part="workloads"),
        outline("set_replicas", from_zero=from_zero, as_left=as_left),
        outline("wait_ready", timeout=ask.patience),
        outline("apply", part="leads"),
        outline("prune"),
    )
