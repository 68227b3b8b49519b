"""What stands between the waves of a release: pauses, for a time or until a person lets it go on."""

from collections.abc import Sequence

from releases.snapshot import Wave
from releases.strategies.plan import Outline, outline

A_YEAR = 31_536_000.0  # what waits for a person has no deadline of its own; the row of a timer needs one


def before(waves: Sequence[Wave]) -> tuple[Outline, ...]:
    """The line at which every cluster waits for its wave's time; none where no wave waits."""
    pauses = {str(number): wave.pause for number, wave in enumerate(waves) if wave.pause}
    return (outline("gate", timeout=A_YEAR, pauses=pauses),) if pauses else ()
