"""What a paused release holds: a further attempt whose time comes meanwhile begins once it is resumed. Pure.

Waits that end by themselves end all the same, and steps run out of time: only what would begin is held.
"""

from dataclasses import replace

from releases.draft import Draft
from releases.progress import HELD_AT_MOST, begin
from releases.reasons import Reason
from releases.snapshot import Run


def hold(draft: Draft, run: Run) -> None:
    """Keep an attempt that is due for later. Its timer is far off, and held anew should it ever ring."""
    at, why = draft.now + HELD_AT_MOST, run.reason or Reason("tries_again")
    reason = Reason("tried_again_resumed", {"waited": why.values.get("waited")})
    draft.put(replace(run, started=at, wake_at=at, deadline=at + (run.deadline - run.started), reason=reason))


def let_go(draft: Draft) -> None:
    """Begin at once what was held. One that fails at that may stop others beside it."""
    for ref in [run.ref for run in draft.snapshot.open_runs]:
        run = draft.snapshot.run(ref)
        if run and run.is_to_begin and run.reason and run.reason.code == "tried_again_resumed":
            begin(draft, run)
