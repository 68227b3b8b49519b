"""Fixtures of the tests over open pages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import redis
from django.conf import settings

from tests.web.live_pages import MAY, SHOWN, Open, Page, sign_in


@pytest.fixture
def sheets() -> None:
    """Nothing is shown, nobody may watch, and Valkey is empty."""
    SHOWN.clear()
    MAY.clear()
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()


@pytest.fixture
async def opened(sheets: None) -> AsyncIterator[Open]:
    """Opens the page of a signed-in person; closes all pages at the end."""
    pages: list[Page] = []

    async def open_page(name: str, cookie: str = "") -> Page:
        page = Page(cookie or await sign_in(name))
        assert await page.open()
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        await page.leave()
