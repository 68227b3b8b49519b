"""Act: one thing is done to what runs, which is looked at until it is well again.

Only the workload that it is done to is looked at, as large as it is by now: where a release was held half way, there
are two of them, and neither has the instances that were frozen for the app.
"""

from releases.strategies.plan import Ask, Outline, outline


def forward(ask: Ask) -> tuple[Outline, ...]:
    """The instance that `ask.acts_on` names is deleted, and another one becomes ready."""
    return (outline("delete_instance", timeout=ask.patience, **ask.acts_on), *back(ask))


def back(ask: Ask) -> tuple[Outline, ...]:
    """Nothing has changed, so there is nothing to go back to."""
    return (outline("wait_ready", timeout=ask.patience, workload=ask.acts_on.get("workload")),)
