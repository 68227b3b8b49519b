"""Blue-green: a second full set beside the first, one switch, and the old set kept for a while to go back to."""

from releases.strategies.gates import pause
from releases.strategies.plan import Ask, Outline, outline
from releases.strategies.two_tracks import ALL, home, opened, traded


def forward(ask: Ask) -> tuple[Outline, ...]:
    return (
        *opened(doors="leave"),
        traded(ask, ALL, surge=ALL, keep=True),
        outline("traffic", doors="canary"),
        *pause(ask.strategy.keep),
        traded(ask, ALL, surge=ALL),
        *home(ask, surge=ALL),
    )
