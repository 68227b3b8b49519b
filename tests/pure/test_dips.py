"""How clusters are told of that give instances up before others have theirs: one, or several of them."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.spec import AppSpec, load
from releases import dips


def spec(**weights: int) -> AppSpec:
    process = {"name": "web", "image": "registry.example.com/shop:1", "replicas": 10}
    rows = [{"cluster": name, "weight": weight} for name, weight in weights.items()]
    return load({"processes": [process], "placement": {"targets": rows}})


def wave(**numbers: tuple[int, int]) -> dict[str, Any]:
    """Cluster → instances before and after it."""

    def rows(side: int) -> list[dict[str, Any]]:
        parts = {name: [{"process": "web", "old": both[side], "new": 0, "stay": 0}] for name, both in numbers.items()}
        return [{"cluster": name, "processes": found} for name, found in parts.items()]

    return {"before": rows(0), "steps": [{"after": rows(1)}]}


@pytest.mark.parametrize(
    ("course", "giving"),
    [
        ([wave(north=(9, 1)), wave(west=(1, 9))], "north gives up its own"),
        ([wave(north=(5, 1), south=(4, 1)), wave(west=(1, 8))], "north, south give up their own"),
    ],
)
def test_of_shares_in_an_order(course: list[dict[str, Any]], giving: str) -> None:
    (sentence,) = dips.of_shares(course, most={})
    assert f" instances: {giving} before others have theirs. Name another order" in sentence


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (
            {"north": 1, "south": 0, "west": 9},
            "north, south give up their own, and west, which should get them, is left",
        ),
        ({"north": 1, "west": 5, "east": 4}, "north gives up its own, and east, west, which should get them, are left"),
    ],
)
def test_of_what_is_left_out(after: dict[str, int], told: str) -> None:
    before = {"north": 5, "south": 4, "west": 1} if "south" in after else {"north": 10}
    stands = {name: spec(**before) for name in before}
    (sentence,) = dips.of_left_out(stands, spec(**after), only=["north", "south"], most={})
    assert f"instances afterwards: {told} out. Start the release on all clusters" in sentence
