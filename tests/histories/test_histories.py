"""What holds of every release after everything that happens to it; `make chaos-long` asks that far more often."""

from __future__ import annotations

from tests.histories.history import try_histories

HISTORIES = 100


def test_whatever_happens_to_a_release_its_invariants_hold() -> None:
    happened, events = try_histories(HISTORIES)
    assert happened >= HISTORIES and events > 10 * HISTORIES
