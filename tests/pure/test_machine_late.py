"""A worker that was taken for dead writes after the release has ended: nothing is as it was meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apps_mgmt.spec import Strategy
from releases.effects import Apply, Effect, SetTraffic
from releases.events import Started
from releases.snapshot import Snapshot
from releases.states import ReleaseKind, ReleaseState
from releases.strategies import plan
from releases.strategies.plan import Ask
from tests.histories.ends import ended_well
from tests.histories.watching import Watched
from tests.pure.test_foreseeing import lane

CANARY = Strategy.model_validate(
    {
        "kind": "canary",
        "steps": [
            {"kind": "batch", "name": "some", "replicas": "40%"},
            {"kind": "traffic", "name": "share", "traffic": 40},
            {"kind": "batch", "name": "last", "replicas": "100%"},
        ],
    }
)


def opens(effect: Effect) -> bool:
    """Leads a Service to both tracks, where no route does."""
    return isinstance(effect, Apply) and effect.doors == "both"


def makes(effect: Effect) -> bool:
    """Brings the second track, which goes again at the end."""
    return isinstance(effect, Apply) and effect.second


def leads(effect: Effect) -> bool:
    """Leads a Service to both tracks while they trade for the last time."""
    return isinstance(effect, SetTraffic) and effect.doors == "both"


def released() -> Watched:
    """It has begun, and has nothing but Services to share requests out with."""
    steps = plan(ReleaseKind.DEPLOY, Ask(strategy=CANARY, most=2))
    made = Watched(
        Snapshot(id="r1", kind=ReleaseKind.DEPLOY, state=ReleaseState.PLANNED, targets=(lane("north", 2),), plan=steps)
    )
    made.happens(Started())
    return made


@pytest.mark.parametrize("late", [opens, makes, leads])
def test_what_a_forgotten_worker_writes_after_the_end_changes_nothing(late: Callable[[Effect], bool]) -> None:
    fleet = released()
    for _row in range(60):
        fleet.claim("north")
        row = fleet.working.get("north")
        if row and late(row.effect):
            break
        fleet.execute("north")
        fleet.roll("north")
        fleet.look("north")
    fleet.stall("north")
    (forgotten,), fleet.strays = fleet.strays, []
    fleet.settle()
    ended_well(fleet)
    fleet.strays = [forgotten]
    fleet.late(0)
    ended_well(fleet)
    assert fleet.snapshot.state is ReleaseState.SUCCEEDED
