"""What a plan waits for between other things: pauses, for a time or until a person lets it go on."""

from collections.abc import Mapping, Sequence

from releases.snapshot import Wave
from releases.strategies.plan import A_YEAR, ACT_TIMEOUT, Outline, outline

UNTIL_TOLD = -1


def before(waves: Sequence[Wave]) -> tuple[Outline, ...]:
    """The line at which every cluster waits for its wave's time; none where no wave waits."""
    pauses = {str(number): wave.pause for number, wave in enumerate(waves) if wave.pause}
    return (outline("gate", timeout=A_YEAR, pauses=pauses),) if pauses else ()


def frozen(freezes: Sequence[Mapping[str, str]]) -> tuple[Outline, ...]:
    """The line at which every cluster waits while the app is frozen; none where nothing is, or will be."""
    return (outline("freeze", timeout=A_YEAR, freezes=[dict(row) for row in freezes]),) if freezes else ()


def pause(seconds: int, *, trading: bool = True, keeps: bool = False) -> tuple[Outline, ...]:
    """The line that waits for so many seconds, or until told (-1); none for 0. `trading`: only where instances are.

    `keeps`: the old set is whole beside the new one, and goes after it.
    """
    only = ({"trading": True} if trading else {}) | ({"keeps": True} if keeps else {})
    if seconds == UNTIL_TOLD:
        return (outline("hold", timeout=A_YEAR, **only),)
    return (outline("hold", timeout=ACT_TIMEOUT + seconds, seconds=seconds, **only),) if seconds else ()
