"""Fixtures of the tests over the API."""

from __future__ import annotations

import pytest

from tests.api.caller import Caller
from tests.operations.scenes import scene_of
from tests.operations.stage import Shop


@pytest.fixture
def shop(db: None, request: pytest.FixtureRequest) -> Shop:
    return scene_of(request)


@pytest.fixture
def bob(shop: Shop) -> Caller:
    return Caller(shop.people.bob, shop.people.boutique)
