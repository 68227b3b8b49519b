"""Stop and start: no instance, then as many as before. What is stopped keeps all its other objects.

An autoscaler goes before its workload is taken down, and comes after that is back: in between, nothing counts for it.
"""

from releases.strategies.plan import Ask, Outline, outline
from releases.strategies.rolling import usual as rolling


def down(ask: Ask) -> tuple[Outline, ...]:
    """What shall not stay goes (the autoscalers), then every instance."""
    return (outline("prune"), outline("scale_down", timeout=ask.patience))


def up(ask: Ask) -> tuple[Outline, ...]:
    """Everything is written anew, then each workload gets its number."""
    return rolling(ask, from_zero=True)


def down_again(ask: Ask) -> tuple[Outline, ...]:
    """From a start that failed to how it was stopped, routes included: they were kept, too."""
    parts = (outline("apply", part=part) for part in ("needs", "workloads", "leads"))
    return (*down(ask), *parts)
