"""Batches: so many instances at a time are replaced, with a pause between them where one is asked for."""

from collections.abc import Iterator

from releases.strategies.gates import pause
from releases.strategies.plan import Ask, Outline
from releases.strategies.two_tracks import ALL, home, opened, traded

MOST = 50  # so many batches are planned at most; the last one takes what is left


def forward(ask: Ask) -> tuple[Outline, ...]:
    *first, last = (traded(ask, size, surge=ask.strategy.batch) for size in _sizes(ask.strategy.batch, most=ask.most))
    paused = (line for batch in first for line in (batch, *pause(ask.strategy.batch_pause)))
    return (*opened(doors="open"), *paused, last, *home(ask))


def _sizes(batch: str, *, most: int) -> Iterator[str]:
    """How many are new after each batch: `25%`, `50%`, `75%`, `100%`; or `2`, `4`, …, and then all."""
    if batch.endswith("%"):
        step = max(1, int(batch[:-1]))
        yield from (f"{percent}%" for percent in list(range(step, 100, step))[: MOST - 1])
    else:
        step = max(1, int(batch))
        yield from (str(number) for number in list(range(step, most, step))[: MOST - 1])
    yield ALL
