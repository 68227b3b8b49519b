"""Recreate: everything down, then up again with the new revision."""

from releases.strategies.plan import Outline, outline
from releases.strategies.rolling import forward as rolling


def forward(patience: float) -> tuple[Outline, ...]:
    return (outline("scale_down", timeout=patience), *rolling(patience, from_zero=True))
