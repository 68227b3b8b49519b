"""Plans that were frozen by an earlier Slipway are gone through as they were meant."""

from __future__ import annotations

import pytest

from releases.snapshot import Step
from releases.strategies.foreseeing import foresee
from releases.wording import step_title
from tests.pure.test_foreseeing import lane, numbers
from tests.releases.worlds import START

OPENED = Step(number=1, kind="open_tracks", timeout=60)
STANDS_IN = Step(number=2, kind="trade", timeout=60, options={"to": "25%", "grows": "canary", "unweighted": True})


@pytest.mark.parametrize(("weighted", "left"), [(True, (4, 0)), (False, (3, 1))])
def test_instances_that_stood_in_for_a_share_come_only_where_no_route_gives_one(
    weighted: bool, left: tuple[int, int]
) -> None:
    (stretch,) = foresee([OPENED, STANDS_IN], [lane("north", 4, weighted=weighted)], now=START)
    moment = stretch.moments[-1]
    assert numbers(moment.after[0]) == left
    assert moment.after[0].idle is weighted
    assert step_title("trade", STANDS_IN.options) == "25% new, as its share of the traffic"
