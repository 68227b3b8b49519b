from __future__ import annotations

import pytest

from tests.operations.scenes import scene_of
from tests.operations.stage import Shop


@pytest.fixture
def shop(db: None, request: pytest.FixtureRequest) -> Shop:
    return scene_of(request)
