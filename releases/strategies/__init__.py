"""Strategies: pure functions from a frozen app to the steps of its release.

They import the frozen values of `releases` and of the spec, and nothing that reads a database, a clock or a network.
"""

from collections.abc import Callable, Sequence

from releases.snapshot import Step, Wave
from releases.states import ReleaseKind
from releases.strategies import (
    act,
    batches,
    blue_green,
    canary,
    delete,
    gates,
    move,
    recreate,
    rolling,
    stop,
    stopped,
    two_tracks,
)
from releases.strategies.plan import Ask, Outline, numbered, outline
from releases.strategies.user_steps import lines_for

Way = Callable[[Ask], tuple[Outline, ...]]

STRATEGIES: dict[str, tuple[Way, Way]] = {
    "rolling": (rolling.forward, rolling.usual),
    "recreate": (recreate.forward, recreate.usual),
    "batches": (batches.forward, two_tracks.back),
    "canary": (canary.forward, two_tracks.back),
    "blue-green": (blue_green.forward, two_tracks.back),
}
"""The way out, and the way back to what ran before."""

OF_KIND: dict[ReleaseKind, tuple[Way, Way]] = {
    ReleaseKind.DELETE: (delete.forward, rolling.usual),
    ReleaseKind.STOP: (stop.down, stop.up),
    ReleaseKind.START: (stop.up, stop.down_again),
    ReleaseKind.ACT: (act.forward, act.back),
    ReleaseKind.MOVE: (move.forward, move.back),
}
"""The same of releases that go no strategy's way."""


def plan(kind: ReleaseKind, ask: Ask, *, waves: Sequence[Wave] = ()) -> tuple[Step, ...]:
    """The steps of a release, the way out and the way back. `waves`: what it waits for in between."""
    known = OF_KIND.get(kind) or STRATEGIES[ask.strategy.kind]
    forward, back = (stopped.forward, rolling.usual) if ask.stopped else known
    lines = (*gates.before(waves), *gates.frozen(ask.freezes), *_with_hooks(forward(ask), ask))
    refilled = (outline("others_back", losing=True),) if ask.refills else ()
    return numbered(lines, (*refilled, *back(ask)))


def _with_hooks(lines: Sequence[Outline], ask: Ask) -> tuple[Outline, ...]:
    """A command that runs before everything else needs the configuration that it reads, and the image: it comes right
    after these.
    """
    awaited = (line.options.get("part") == "needs" or line.kind == "build" for line in lines)
    needs = max((place for place, one in enumerate(awaited, 1) if one), default=0)
    return (*lines[:needs], *lines_for(ask, ask.before), *lines[needs:], *lines_for(ask, ask.after))
