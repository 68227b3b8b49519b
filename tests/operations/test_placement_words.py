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
            "Placed it on south with 1 of its own, north.",
        ),
        (
            [{"cluster": "south", "weight": 0}, {"cluster": "north", "own": 1}],
            "Placed it on south by weight 0, north with 1 of its own.",
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


def test_a_total_that_own_numbers_exceed_since_a_change_is_warned_of(shop: Shop) -> None:
    shop.do("process.scale", process="web", replicas=6)
    shop.do("placement.targets", targets=[{"cluster": "south", "own": 4}, {"cluster": "north", "own": 1}])
    cut = "Clusters ask for 5 instances of web of their own, more than the 3 there are: south gets 2 of 4."
    assert cut in warned(shop, "process.scale", process="web", replicas=3)
    one = "Clusters ask for 5 instances of web of their own, more than the 1 there is: south gets 0 of 4."
    assert one in warned(shop, "process.scale", process="web", replicas=1)
    for enough in (0, 5):
        assert not warned(shop, "process.scale", process="web", replicas=enough)

    shop.do("process.scale", process="web", replicas=3)
    assert not warned(shop, "env.set", env=[{"name": "A", "value": "1"}]), "only of what the change is about"


def test_instances_that_no_cluster_asks_for_are_told_with_where_they_go(shop: Shop) -> None:
    shop.do("process.scale", process="web", replicas=4)
    none = [{"cluster": "north", "own": 1}, {"cluster": "south", "own": 0}]
    assert warned(shop, "placement.targets", targets=none) == [
        "Clusters ask for 1 of the 4 instances of web of their own, and no other takes the rest: north gets 3, south "
        "gets 1. Scale it to 1, or leave the own number of one cluster blank."
    ]
    rest = [{"cluster": "north", "own": 1}, {"cluster": "south"}]
    assert not warned(shop, "placement.targets", targets=rest)
    shop.do("placement.targets", targets=rest)
    assert not warned(shop, "process.scale", process="web", replicas=7)


def warned(shop: Shop, operation: str, **data: Any) -> list[str]:
    preview = shop.preview(operation, **data).preview
    assert preview is not None
    return [one for one in preview.warnings if "of their own" in one]
