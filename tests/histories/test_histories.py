"""What holds of every release after everything that happens to it; `make chaos-long` asks that far more often."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.histories.history import try_histories

HISTORIES = 100


def test_whatever_happens_to_a_release_its_invariants_hold() -> None:
    happened, events = try_histories(HISTORIES)
    assert happened >= HISTORIES and events > 10 * HISTORIES


def test_the_machine_needs_no_settings_so_that_many_processes_can_try_it() -> None:
    bare = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    asked = [sys.executable, "-m", "tests.histories", "--help"]
    answer = subprocess.run(asked, env=bare, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")
