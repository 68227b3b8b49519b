"""Fixtures of the tests about rights."""

from __future__ import annotations

import pytest

from tests import cast


@pytest.fixture
def people(db: None) -> cast.Cast:
    return cast.everyone()
