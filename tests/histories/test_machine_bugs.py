"""The histories of releases find what is wrong with the machine: one line is another, and a history is broken.

`make chaos-long` (EVERY_BUG=1) looks for all bugs that are listed, here for those that are found within seconds.
"""

from __future__ import annotations

import os

import pytest

from tests.histories.history import try_histories
from tests.histories.machine_bugs import MACHINE_BUGS
from tests.histories.planting import Bug, planted

EVERY = bool(os.environ.get("EVERY_BUG"))
LOOKED_FOR = [bug for bug in MACHINE_BUGS if EVERY or not bug.rare]
# Most are found within the first ten. Which these are depends on the modules that a process has imported, because
# hypothesis draws from the constants it finds in them; the search ends with the first that is broken.
HISTORIES = 3000 if EVERY else 1000


@pytest.mark.parametrize("bug", LOOKED_FOR, ids=str)
def test_a_bug_of_the_machine_is_found(bug: Bug) -> None:
    with planted(bug), pytest.raises(AssertionError):
        try_histories(HISTORIES, shrink=False)


def test_ten_bugs_are_looked_for_every_time() -> None:
    assert len([bug for bug in MACHINE_BUGS if not bug.rare]) >= 10
