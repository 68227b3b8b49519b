"""Histories that were broken once, as short as they got."""

from __future__ import annotations

from dataclasses import replace

from apps_mgmt.spec import Strategy
from releases.events import Started
from releases.states import ReleaseKind, ReleaseState
from releases.strategies import plan
from releases.strategies.plan import Ask
from tests.histories.ends import ended_well, leave_alone
from tests.histories.watching import Watched
from tests.releases.worlds import planned


def test_what_the_way_forward_made_again_is_not_missed_on_the_way_back() -> None:
    """All that ran was deleted; the release makes it again, and turns round before the cluster has told of it."""
    steps = [
        {"kind": "apply", "name": "s1", "part": "needs"},
        {"kind": "apply", "name": "s2", "part": "workloads"},
        {"kind": "pause", "name": "s3", "seconds": 60, "condition": "steps.s2.output.n == 1"},
    ]
    strategy = Strategy.model_validate({"kind": "rolling", "steps": steps})
    release = planned("north", auto_rollback=True)
    fleet = Watched(replace(release, plan=plan(ReleaseKind.DEPLOY, Ask(strategy=strategy))))
    fleet.delete_workloads("north")
    fleet.happens(Started())
    leave_alone(fleet, heals=True)
    ended_well(fleet)
    assert fleet.snapshot.state is ReleaseState.ROLLED_BACK
