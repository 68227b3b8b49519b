"""A browser for the tests of scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.web.ui_browser import Stage

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Ended with the module, because its event loop must not be there when asynchronous tests run.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def stage(chromium: Browser) -> Iterator[Stage]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    # Waits that are spread by chance are short here.
    context.add_init_script("Math.random = () => 0.01")
    stage = Stage(context.new_page())
    yield stage
    context.close()
    # What a page asks for and does not find is said on the console too; only scripts and policy matter here.
    assert [one for one in stage.complaints if "Failed to load resource" not in one and "WebSocket" not in one] == []
