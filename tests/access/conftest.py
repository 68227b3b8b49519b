"""Fixtures of the tests about rights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests import cast
from tests.access import security_stage


@pytest.fixture
def people(db: None) -> cast.Cast:
    return cast.everyone()


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any) -> Iterator[security_stage.House]:
    """One house for all tests of a module, none of which leaves anything behind: see `House.ask`."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield security_stage.build()
        transaction.set_rollback(True)
