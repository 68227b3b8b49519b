"""The counting finds what it is there to find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from tests.chaos.counting import Asked, Tally, count, usual_of

FIRST, SECOND = Asked("shop", 2, "shop:2", "succeeded"), Asked("shop", 3, "shop:3", "succeeded")


def row(release: int, *, fence: int = 0, resource: str = "deployments.apps", name: str = "shop--web") -> dict[str, Any]:
    labels = {"slipway.dev/app": "shop", "slipway.dev/release": str(release)}
    annotations = {"slipway.dev/fence": str(fence or release)}
    return {
        "verb": "apply", "resource": resource, "name": name, "uid": name, "labels": labels, "annotations": annotations
    }  # fmt: skip


USUAL = Counter({"apply deployments.apps app--web": 1})


def counted(rows: Sequence[dict[str, Any]], *asked: Asked) -> Tally:
    return count({"north": rows}, asked, usual=USUAL)


def figures(tally: Tally) -> tuple[int, int, int]:
    return tally.lost, tally.doubled, tally.stale


def test_releases_that_change_everything_once_leave_nothing_to_say() -> None:
    tally = counted([row(2), row(3)], FIRST, SECOND)
    assert figures(tally) == (0, 0, 0) and tally.words == []


def test_a_change_that_was_not_made_is_lost() -> None:
    assert figures(counted([row(2)], FIRST, SECOND)) == (1, 0, 0)


@pytest.mark.parametrize("state", ["", "failed", "rolled_back", "still running after 180 s"])
def test_a_release_that_did_not_succeed_is_lost(state: str) -> None:
    assert figures(counted([row(2)], FIRST, Asked("shop", 3, "shop:3", state))) == (1, 0, 0)


def test_a_change_made_again_is_doubled() -> None:
    assert figures(counted([row(2), row(2), row(3)], FIRST, SECOND)) == (0, 1, 0)


def test_something_that_nobody_asked_for_is_doubled() -> None:
    strange = row(2, resource="services", name="shop--else")
    assert figures(counted([row(2), strange, row(3)], FIRST, SECOND)) == (0, 1, 0)


def test_an_old_write_over_a_newer_one_is_stale() -> None:
    assert figures(counted([row(2), row(3), row(2, fence=1)], FIRST, SECOND)) == (0, 1, 1)


def test_what_releases_do_is_taken_from_those_that_nothing_disturbed() -> None:
    configs = [row(number, resource="configmaps", name=f"shop--env-{number:010x}") for number in (2, 3)]
    usual = usual_of([row(2), row(3), *configs], [FIRST, SECOND])
    assert usual == Counter({"apply deployments.apps app--web": 1, "apply configmaps app--env": 1})


def test_releases_that_differ_are_no_measure() -> None:
    with pytest.raises(ValueError, match="do not change the same"):
        usual_of([row(2), row(3), row(3)], [FIRST, SECOND])
