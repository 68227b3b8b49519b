"""Rolling: each workload replaces its instances by its own rolling update, surge and unavailability as set."""

from releases.strategies.plan import Outline, outline


def forward(patience: float) -> tuple[Outline, ...]:
    """The way out; `patience` is how long instances may make no progress, in seconds."""
    return (
        outline("apply", part="needs"),
        outline("apply", part="workloads"),
        outline("set_replicas"),
        outline("wait_ready", timeout=patience),
        outline("apply", part="leads"),
        outline("prune"),
    )
