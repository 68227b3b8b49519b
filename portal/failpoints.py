"""Places at which a process can be told to die, so that a test can see what a crash there leaves behind.

Off unless SLIPWAY_FAILPOINTS names a folder when the process starts; then a file in it, called as a point is, ends the
first process that gets there with SIGKILL, and is gone with it. `make chaos` sets that; nothing else should.
"""

from __future__ import annotations

import os
import signal

POINTS = {
    "claim.before": "a worker is about to take a row of the outbox",
    "claim.after": "it has taken the row, and done nothing of it",
    "effect.before": "it is about to carry it out",
    "effect.after": "it has carried it out, and written nothing of that",
    "commit.before": "what follows is written, and not committed",
    "commit.after": "it is committed, and nobody was told",
    "acknowledge.before": "a message of the broker was worked off, and not acknowledged",
    "acknowledge.after": "it is acknowledged",
    "nudge.before": "a worker is about to be told that there is something to do",
    "nudge.after": "it has been told",
    "publish.before": "open pages are about to be told what changed",
    "publish.after": "they have been told",
    "perform.before": "an operation is written, and not committed",
    "perform.after": "it is committed, and the person was not answered",
    "turn.before": "a release has heard an event, and that is not committed",
    "turn.after": "it is committed",
}
"""The points, and what is so there."""

_folder = os.environ.get("SLIPWAY_FAILPOINTS", "")


def reach(point: str) -> None:
    """End this process at once if it was told to die here; KeyError for a point that `POINTS` does not name."""
    if not _folder:
        return
    if point not in POINTS:
        raise KeyError(point)
    try:
        os.unlink(os.path.join(_folder, point))  # of several that come by, one finds it
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
