"""Fixtures of the tests over the API."""

from __future__ import annotations

import pytest

from tests.api.caller import Caller
from tests.operations.stage import Shop, open_shop


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop()


@pytest.fixture
def bob(shop: Shop) -> Caller:
    return Caller(shop.people.bob, shop.people.boutique)
