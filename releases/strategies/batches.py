"""Batches: so many instances at a time are replaced, with a pause between them where one is asked for."""

from releases.strategies.gates import pause
from releases.strategies.plan import Ask, Outline
from releases.strategies.two_tracks import home, opened, sizes, traded


def forward(ask: Ask) -> tuple[Outline, ...]:
    *first, last = (traded(ask, size, surge=ask.strategy.batch) for size in sizes(ask.strategy.batch, most=ask.most))
    paused = (line for batch in first for line in (batch, *pause(ask.strategy.batch_pause)))
    return (*opened(doors="open"), *paused, last, *home(ask))
