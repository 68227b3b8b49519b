"""A step that waited for a person in vain says so, and not that a cluster made no progress."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from apps_mgmt.spec import Strategy
from releases.causes import cause_of
from releases.events import Started
from releases.states import ReleaseKind, ReleaseState, RollbackCause
from releases.strategies import plan
from releases.strategies.plan import Ask
from releases.wording import words
from tests.releases.worlds import World, planned

BRING = {"kind": "apply", "name": "bring"}
TOLD: list[tuple[dict[str, Any], str]] = [
    (
        {"kind": "note", "name": "ships", "text": "Look at the ships."},
        "Nobody confirmed ships within 6 seconds: Look at the ships. Deploy again when somebody can do that and say "
        "so.",
    ),
    (
        {"kind": "pause", "name": "look", "seconds": -1},
        "Nobody let it go on within 6 seconds. Deploy again when somebody can.",
    ),
    (
        {"kind": "approval", "name": "ok"},
        "It was not approved within 6 seconds. 0 of 1 people have approved. Deploy again when somebody can.",
    ),
]


@pytest.mark.parametrize(("step", "told"), TOLD, ids=[step["kind"] for step, _told in TOLD])
def test_a_word_that_nobody_gave_in_time_is_what_is_said(step: dict[str, Any], told: str) -> None:
    strategy = Strategy.model_validate({"kind": "rolling", "steps": [{**step, "timeout": 6}, BRING]})
    world = World(replace(planned("a"), plan=plan(ReleaseKind.DEPLOY, Ask(strategy=strategy))))
    world.happens(Started())
    for _round in range(3):
        world.work()
    world.later(seconds=7)
    assert world.snapshot.state is ReleaseState.FAILED
    reason = world.snapshot.targets[0].reason
    assert words(reason) == told and cause_of(reason) is RollbackCause.DEADLINE
