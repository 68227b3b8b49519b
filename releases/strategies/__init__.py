"""Strategies: pure functions from a frozen app to the steps of its release.

They import the frozen values of `releases` and nothing that reads a database, a clock or a network.
"""

from collections.abc import Callable, Sequence

from releases.snapshot import Step, Wave
from releases.states import ReleaseKind
from releases.strategies import delete, gates, recreate, rolling
from releases.strategies.plan import READY_TIMEOUT, Outline, numbered

STRATEGIES: dict[str, Callable[[float], tuple[Outline, ...]]] = {
    "rolling": rolling.forward,
    "recreate": recreate.forward,
}


def plan(
    kind: ReleaseKind, *, strategy: str = "rolling", patience: float = READY_TIMEOUT, waves: Sequence[Wave] = ()
) -> tuple[Step, ...]:
    """The steps of a release, the way out and the way back to what ran before. KeyError: no such strategy.

    `patience`: seconds without progress after which instances count as stuck. `waves`: what it waits for in between.
    """
    way = delete.forward if kind is ReleaseKind.DELETE else STRATEGIES[strategy]
    return numbered((*gates.before(waves), *way(patience)), STRATEGIES[strategy](patience))
