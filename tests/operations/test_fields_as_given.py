"""What an error is about is called as whoever asked has it in their input."""

from __future__ import annotations

from typing import Any

import pytest

from portal.errors import Refused
from tests.operations.stage import Shop

TWICE = [{"clusters": ["north"]}, {"clusters": ["north"]}]


@pytest.mark.parametrize(
    ("operation", "given", "field"),
    [
        ("release.waves", {"order": [{"clusters": []}]}, "order[0].clusters"),
        ("release.waves", {"order": TWICE}, "order"),
        ("port.add", {"process": "web", "name": "more", "port": 8080}, "port"),
        ("port.add", {"process": "web", "name": "No Name", "port": 9090}, "name"),
    ],
    ids=["an empty row", "a name twice", "a number that is taken", "a name that is none"],
)
def test_the_field_is_one_of_the_operation(shop: Shop, operation: str, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        shop.do(operation, **given)
    assert refused.value.field == field


def test_the_sentence_names_it_the_same_way(shop: Shop) -> None:
    with pytest.raises(Refused, match=r"^order\[0\]\.clusters needs at least 1 item\. Add one\.$"):
        shop.do("release.waves", order=[{"clusters": []}])
