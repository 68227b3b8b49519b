"""What a socket bears from a page before it closes."""

from __future__ import annotations

import pytest

from portal.live.consumer import BURST_MESSAGES, MAX_MESSAGE_BYTES, MAX_TOPICS
from tests.web.live_pages import MAY, Open, closing, hint

pytest_plugins = ["tests.web.live_fixtures"]
pytestmark = pytest.mark.django_db(
    transaction=True, available_apps=["portal.live", "tenants", "django.contrib.sessions"]
)


async def test_a_flood_of_messages_ends_the_socket(opened: Open) -> None:
    page = await opened("bob")
    for _ in range(BURST_MESSAGES + 5):
        await page.say({"subscribe": []})
    assert await page.closes() == 4429


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x" * (MAX_MESSAGE_BYTES + 1), 1009),
        ("x" * 1_000_000, 1009),
        ("not json", 4400),
        ("[]", 4400),
        ('{"subscribe": "test_sheet:1"}', 4400),
        ('{"subscribe": [1]}', 4400),
        ('{"subscribe": ["../../etc"]}', 4400),
        ('{"versions": {"test_sheet:1": "2"}}', 4400),
        ('{"versions": 3}', 4400),
        ("[" * 4000, 4400),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_a_message_that_makes_no_sense_ends_the_socket(opened: Open, text: str, code: int) -> None:
    page = await opened("bob")
    await page.say(text)
    assert await page.closes() == code


async def test_bytes_end_the_socket(opened: Open) -> None:
    page = await opened("bob")
    await page.socket.send_input({"type": "websocket.receive", "bytes": b"\x00\x01"})
    assert await page.closes() == 4400


async def test_a_page_watches_at_most_twenty_topics(opened: Open) -> None:
    MAY.update(("bob", str(number)) for number in range(MAX_TOPICS + 1))
    page = await opened("bob")
    await page.watch(*(f"test_sheet:{number}" for number in range(MAX_TOPICS + 1)))
    assert await page.hears(closing) == {"closed": f"test_sheet:{MAX_TOPICS}", "reason": "limit"}
    assert len((await page.hears(hint))["versions"]) == MAX_TOPICS
