"""Blue-green: a second full set beside the first, one switch, and the old set kept for a while to go back to.

Once the old set is gone, Services lead to both tracks: the second hands over to the first, which is new as well, and
what led to the second alone would lead to nobody as soon as that is empty.
"""

from releases.strategies.gates import pause
from releases.strategies.plan import Ask, Outline, outline
from releases.strategies.two_tracks import ALL, BOTH, home, opened, traded


def forward(ask: Ask) -> tuple[Outline, ...]:
    return (
        *opened(doors="leave"),
        traded(ask, ALL, surge=ALL, keep=True),
        outline("traffic", doors="canary"),
        *pause(ask.strategy.keep, keeps=True),
        traded(ask, ALL, surge=ALL),
        BOTH,
        *home(ask, surge=ALL),
    )
