"""Recreate: everything down, then up again with the new revision."""

from releases.strategies.plan import Ask, Outline, outline
from releases.strategies.rolling import forward as rolling


def forward(ask: Ask) -> tuple[Outline, ...]:
    return (outline("scale_down", timeout=ask.patience), *rolling(ask, from_zero=True))
