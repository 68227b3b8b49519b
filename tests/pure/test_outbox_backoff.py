"""The waits between attempts, and who may carry out a kind of row."""

from __future__ import annotations

from typing import Any

import pytest

from portal.outbox import handler, limits
from portal.outbox.handlers import handler_of


class Nothing:
    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        return {}

    def finish(self, payload: dict[str, Any], result: dict[str, Any]) -> None: ...

    def failed(self, payload: dict[str, Any], reason: str) -> None: ...


def test_the_wait_doubles_from_one_second_to_the_ceiling() -> None:
    assert [limits.backoff(attempts) for attempts in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_thousand_attempts_wait_no_longer_than_the_ceiling() -> None:
    assert limits.backoff(1000) == 60
    assert limits.backoff(1000, ceiling=5) == 5


def test_a_share_gets_a_quarter_of_the_slots_and_never_none(settings: Any) -> None:
    settings.OUTBOX_SLOTS = 16
    assert limits.share_slots() == 4
    settings.OUTBOX_SLOTS = 2
    assert limits.share_slots() == 1


def test_a_kind_has_one_handler() -> None:
    handler("test.alone")(Nothing)

    class Second(Nothing):
        pass

    with pytest.raises(RuntimeError, match="Two handlers"):
        handler("test.alone")(Second)
    assert isinstance(handler_of("test.alone"), Nothing)


def test_a_handler_that_cannot_fail_is_refused() -> None:
    class Half:
        def run(self, payload: dict[str, Any]) -> dict[str, Any]:
            return {}

    with pytest.raises(TypeError, match="finish"):
        handler("test.half")(Half)
    assert handler_of("test.half") is None
