"""Act: one thing is done to what runs, which is looked at until it is well again."""

from releases.strategies.plan import Ask, Outline, outline


def forward(ask: Ask) -> tuple[Outline, ...]:
    """The instance that `ask.acts_on` names is deleted, and another one becomes ready."""
    return (
        outline("delete_instance", timeout=ask.patience, **ask.acts_on),
        outline("wait_ready", timeout=ask.patience),
    )


def back(ask: Ask) -> tuple[Outline, ...]:
    """Nothing has changed, so there is nothing to go back to."""
    return (outline("wait_ready", timeout=ask.patience),)
