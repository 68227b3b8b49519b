"""Move: a cluster is filled before another one is emptied, and emptied again only when the other one is full.

Which of them is whose turn the waves say: first the new one, then those that stay, last those that are left.
"""

from releases.strategies.plan import Ask, Outline, outline
from releases.strategies.rolling import usual as rolling


def forward(ask: Ask) -> tuple[Outline, ...]:
    """Everything is written and ready where something shall be; where nothing shall be, what is left is to prune."""
    return rolling(ask, as_left=True)


def back(ask: Ask) -> tuple[Outline, ...]:
    """The last ones first, each to what it had: so there are never fewer than ran before."""
    return (outline("others_back"), *rolling(ask, as_left=True))
