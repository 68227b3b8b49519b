"""Where an app is placed, as a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from portal.audit.wording import words_of
from portal.errors import Refused
from tests.operations.stage import Shop


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ([{"cluster": "south"}], "Placed it on south."),
        ([{"cluster": "south", "weight": 2}, {"cluster": "north", "weight": 2}], "Placed it on south, north."),
        (
            [{"cluster": "south", "weight": 3}, {"cluster": "north"}],
            "Placed it on south by weight 3, north by weight 1.",
        ),
        (
            [{"cluster": "south", "own": 1}, {"cluster": "north"}],
            "Placed it on south with 1 instance, north.",
        ),
    ],
)
def test_where_an_app_is_placed_is_told_in_words(shop: Shop, targets: list[dict[str, Any]], said: str) -> None:
    assert shop.do("placement.targets", targets=targets).message == said
    assert words_of("placement.targets", {}) == "placed it on no cluster"


def test_own_numbers_above_the_total_are_refused_with_what_there_is(shop: Shop) -> None:
    before = shop.app.draft
    with pytest.raises(Refused) as refused:
        shop.do("placement.targets", targets=[{"cluster": "south", "own": 2}, {"cluster": "north", "own": 2}])
    assert refused.value.field == "targets"
    assert str(refused.value).startswith("Own numbers are taken out of the total, and 4 are more than the 2 instances")
    shop.app.refresh_from_db()
    assert shop.app.draft == before
    shop.do("process.scale", process="web", replicas=4)
    shop.do("placement.targets", targets=[{"cluster": "south", "own": 2}, {"cluster": "north", "own": 2}])
