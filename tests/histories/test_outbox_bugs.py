"""The tests of the outbox find what is wrong with it: one line is another, and the test that is named fails."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import pytest

from tests.histories.outbox_bugs import OUTBOX_BUGS
from tests.histories.planting import Bug, planted
from tests.releases.rows import APPS

pytestmark = pytest.mark.django_db(transaction=True, available_apps=APPS)


def finder(bug: Bug) -> Callable[[], None]:
    """The test that has to fail; it needs nothing but the database."""
    module, _, name = bug.finds.partition(":")
    found: Callable[[], None] = getattr(importlib.import_module(module), name)
    return found


@pytest.mark.parametrize("bug", OUTBOX_BUGS, ids=str)
def test_a_bug_of_the_outbox_is_found(bug: Bug) -> None:
    with planted(bug), pytest.raises((AssertionError, pytest.fail.Exception, ValueError)):
        finder(bug)()
