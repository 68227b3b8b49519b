"""Putting a bug in and taking it out again, so that what is found is that bug and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.outbox import claims
from releases.strategies import across
from tests.histories.machine_bugs import MACHINE_BUGS
from tests.histories.outbox_bugs import OUTBOX_BUGS
from tests.histories.planting import Bug, planted, sources

BUG = next(bug for bug in MACHINE_BUGS if bug.file.endswith("across.py"))


def test_a_function_has_the_bug_as_long_as_the_block_runs() -> None:
    sound = across.may_start.__code__
    with planted(BUG):
        assert across.may_start.__code__ != sound
    assert across.may_start.__code__ == sound


def test_a_constant_has_the_bug_as_long_as_the_block_runs() -> None:
    sound = claims.TAKE
    with planted(next(bug for bug in OUTBOX_BUGS if "claim_no + 1" in bug.before)):
        assert sound != claims.TAKE
    assert sound == claims.TAKE


def test_a_line_that_is_not_there_once_is_said() -> None:
    with pytest.raises(LookupError, match="0 times"), planted(replace(BUG, before="turn = 7")):
        pass
    with pytest.raises(LookupError, match="0 times"):
        sources(replace(BUG, before="turn"))


@pytest.mark.parametrize("bug", [*MACHINE_BUGS, *OUTBOX_BUGS], ids=str)
def test_every_bug_can_be_put_in(bug: Bug) -> None:
    with planted(bug):
        pass
