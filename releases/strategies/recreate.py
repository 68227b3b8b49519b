"""Recreate: everything down, then up again with the new revision."""

from releases.strategies import rolling
from releases.strategies.plan import Ask, Outline, outline


def forward(ask: Ask) -> tuple[Outline, ...]:
    """The way out: down first, or where the steps that people planned write the workloads."""
    return rolling.forward(ask) if ask.strategy.steps else usual(ask)


def usual(ask: Ask) -> tuple[Outline, ...]:
    """Down, then the parts one after another. What the cluster would not take, it says while all is still there."""
    return (outline("scale_down", timeout=ask.patience, tries=True), *rolling.usual(ask, from_zero=True))
