"""Writes docs/releases.md from the code, so that it cannot say anything else.

    .venv/bin/python docs/make_tables.py

A house test compares the file with what this would write.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
RELEASES = HERE / "releases.md"

_RELEASES = """# How a release moves

`releases/machine.py` decides what an event means for a release: a pure function of the release and the event. This page
is drawn from its two tables by `docs/make_tables.py`.

## Which state may follow which

{moves}

```mermaid
stateDiagram-v2
{diagram}
```

## Which event is heard in which state

A dot means that something listens. Everything else changes nothing, so an event that comes twice, late or out of order
does no harm.

{events}

Where the events come from: people (`PauseAsked`, `ResumeAsked`, `AbortAsked`, `RetryAsked`, `Skipped`, `Approved`,
`Rejected`, `Promoted`, `Overridden`, `ClusterGone`), the worker that acts on clusters (`EffectDone`, `EffectFailed`),
the agent that watches them (`Observed`, `ClusterLost`, `ClusterBack`), the clock (`TimerDue`), and the engine itself
(`Started`; `FreezesChanged`, when somebody changes a calendar that the release keeps to).

## Which steps people can plan

As steps of a canary, of rolling and of recreate; commands, calls and notices also as hooks, before and after everything
else. Each has a name, a condition over what earlier steps gave (`steps.migrate.output.version == "7"`, in CEL), further
attempts, a time it may take, and runs while all goes well, once a step failed on its cluster, or either way.

{steps}

Where routes give shares, a share leads to the new instances alone and the rest to the old ones alone. So the old ones
stay whole until the plan is through and the new ones come beside them, at least as many as their share of all, rounded
up per cluster; a header alone needs one. That counts in what a release reserves of the quota: `traffic` 50 over four
instances takes two more. Where no route gives shares, so many instances are new, and the old ones make room for them.
A share waits until somebody is ready to answer it, and `route.weight` refuses one that nobody would. So does the switch
of a Service to another track, while somebody answers at the one it leads to.

`release.skip` passes one step, by its number, on one cluster. It passes no approval, window or freeze: these are for
others to let go on (`release.approve`, `release.override`). Nor does it pass a switch that waits.

While new instances stand beside old ones, a step that waits, for people, for time or for a check, fails with their own
words once they are in trouble for long enough: 8 s in a crash loop, 20 s without their image, 5 s without their
configuration, 30 s without quota. Then what is planned for a failure happens, and the release goes back where it shall
on a crash loop. Old instances fail nothing, nor do any before new ones were brought; where no machine takes one, that
is told and nothing more. Who tries such a step again gives what was known five and a half minutes, in which every node
has tried once more. A soak that allows restarts counts these itself, and a command that runs is not broken off. A
release that somebody paused holds at what waits, and tells it; once resumed, it fails. Whoever lets it go on is warned.

What is planned for a failure runs after every failure on a cluster, so once more where something was tried again.
Whoever rejects a release (`release.reject`) ends it on all clusters: first that runs where it was waited for, and
nothing else.

Instances that move to another cluster are there before they go. A cluster that gives some up to others has its turn
after these, unless people named waves: then theirs is the order, and the preview tells how few there are meanwhile. One
that only loses the app is emptied last of all, whatever the waves are. Who goes back on the way fills these first.

What ran before as a whole goes back at once, or in batches where that is asked for. What never ran together, like the
images of one release with the settings of another, goes as a deploy of the app would go now: by its strategy, with its
approvals, windows, jobs and checks, and with the pauses between its waves. What a release goes back to by itself is no
matter of this.
A part that queues behind the release whose other part it keeps begins only if that succeeds.

What waits for its turn is asked again when that comes. Behind a stop or a start that was undone it is held, and says
so: it was made for an app that is not so. A freeze that was planned meanwhile holds it as it holds what is started now,
and is overridden the same way (`release.override`).

The same is asked of a release under way before it brings anything to a cluster where nothing of it is yet: after the
end of a freeze, in its window, with an approval, and where its next cluster comes to its turn. If the tenant was
suspended meanwhile, a rule of the platform forbids what it brings, the cluster was restricted and whoever started it
may not deploy there, or left, it waits there and says why; so does one that is on no cluster yet while the app is
locked. It goes on by itself when that is over, and nobody lets it pass before. What was made for another isolation of
the tenant fails there. Where a release has begun it goes on to its end, and whatever goes back is never held.

A freeze that people prolong, shorten, move or lift changes at once what waits for its end and what that says. Clusters
that come to it later keep to the calendar as it is then. A release that began while nothing was or would be frozen
keeps to none and goes on. Whoever overrides (`release.override`) lets it pass the freezes that are in the calendar by
then, the platform's and the tenant's, those that hold and those to come, for the time that they have then; the dry run
names each. What somebody plans or prolongs afterwards holds it again.

What is deployed while the app is stopped holds at what is planned, too: approvals, windows, notes, pauses for a person,
jobs, builds and calls. Left out is what takes instances that run: batches, traffic, soaks, metrics, checks of the app
itself, and what uses the outputs of these. Whoever has to be asked is asked even then. The preview names what is left
out. A canary writes its workloads when all that is done.
"""


def releases_page() -> str:
    """docs/releases.md, from the machine's tables."""
    from releases.machine import MOVES, TABLE
    from releases.states import TERMINAL, ReleaseState

    states = list(ReleaseState)
    moves = [[f"`{state}`", ", ".join(f"`{one}`" for one in states if one in MOVES[state]) or "—"] for state in states]
    arrows = [f"    {state} --> {one}" for state in states for one in states if one in MOVES[state] and one != state]
    ends = [f"    {state} --> [*]" for state in states if state in TERMINAL]
    open_states = [state for state in states if state not in TERMINAL]
    events = [
        [f"`{event.__name__}`", *("•" if state in heard else "" for state in open_states)]
        for event, heard in TABLE.items()
    ]
    steps = [[f"`{kind}`", words, "•" if known else "not yet"] for kind, words, known in _steps()]
    return _RELEASES.format(
        steps=_table(["step", "what it does", "carried out"], steps),
        moves=_table(["from", "to"], moves),
        diagram="\n".join(["    [*] --> planned", "    [*] --> waiting", *arrows, *ends]),
        events=_table(["event", *(f"`{state}`" for state in open_states)], events),
    )


def _steps() -> Iterator[tuple[str, str, bool]]:
    """The kinds of steps there are in a spec: kind, the first sentence of its class, whether plans are made with it."""
    from typing import get_args

    from apps_mgmt.spec.steps import AnyStep, ParallelStep
    from releases.strategies.user_steps import LINES

    for cls in get_args(AnyStep):
        words = " ".join((cls.__doc__ or "").partition("\n\n")[0].split())
        yield get_args(cls.model_fields["kind"].annotation)[0], words, cls in LINES or cls is ParallelStep


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def main() -> int:
    """Write the page."""
    sys.path.insert(0, str(HERE.parent))
    RELEASES.write_text(releases_page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
