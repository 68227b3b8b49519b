"""One running Slipway and one Chromium per session, people who visit it, and an ear for what the browser says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, expect, sync_playwright

from apps_mgmt.demo import boutique
from tests.browser.outside import Api, ClusterApi
from tests.browser.stack import Stack

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
# A machine that does other things as well is slow; nothing waits this long when all is well.
PATIENCE_MS = 60_000

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Slipway with the demo in it. Its eleven apps begin to be deployed while the first tests run."""
    stack = Stack(tmp_path_factory.mktemp("slipway"))
    stack.start()
    yield stack
    stack.end()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def cookies() -> dict[str, Any]:
    """Who has signed in already, and with which cookies."""
    return {}


@pytest.fixture
def visit(stack: Stack, chromium: Browser, cookies: dict[str, Any]) -> Iterator[Visit]:
    """`visit("bob")` is a page on which Bob is signed in; `visit(None)` one of a stranger.

    Afterwards no page may have complained: about a script, the content policy, or something that was not found.
    """
    complaints: list[str] = []
    refused: set[str] = set()
    contexts = []

    def heard(message: ConsoleMessage) -> None:
        # That a whole page was refused is seen by the test itself; the browser says so here as well.
        # And a page that was left at once closes its socket before that is open.
        left_early = message.text.endswith("WebSocket is closed before the connection is established.")
        if message.type in ("error", "warning") and message.location.get("url") not in refused and not left_early:
            complaints.append(f"{message.text} ({message.location.get('url')})")

    def answered(response: Response) -> None:
        if response.status >= 400 and response.request.is_navigation_request():
            refused.add(response.url)

    def visit(name: str | None, *, width: int = 1280, javascript: bool = True, timezone: str = "UTC") -> Page:
        context = chromium.new_context(
            base_url=stack.url,
            viewport={"width": width, "height": 900},
            java_script_enabled=javascript,
            timezone_id=timezone,
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.on("console", heard)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("response", answered)
        page = context.new_page()
        if name is not None and name in cookies:
            context.add_cookies(cookies[name])
        elif name is not None:
            sign_in(page, name, stack.logins[name])
            cookies[name] = context.cookies()
        return page

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []


def sign_in(page: Page, name: str, password: str) -> None:
    """Through the form, as people do."""
    page.goto("/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    # Where the screen is small it waits behind a button.
    expect(page.get_by_role("complementary", name="Navigation", include_hidden=True)).to_be_attached()


@pytest.fixture(scope="session")
def api(stack: Stack) -> Api:
    """The API with a token of Bob, made on the command line."""
    said = stack.manage("token", "--user", "bob", "--tenant", "boutique", "--name", "browser tests")
    return Api(stack.url, token=said.splitlines()[-1])


@pytest.fixture(scope="session")
def shop(api: Api) -> dict[str, str]:
    """The eleven apps of the demo, all deployed: `{name: title}`."""
    apps = {one.name: one.title for one in boutique()}
    api.deployed_first(*apps)
    return apps


@pytest.fixture(scope="session")
def clusters(stack: Stack) -> dict[str, ClusterApi]:
    """The simulated clusters by name."""
    folders: list[Path] = sorted(file.parent for file in stack.home.glob("clusters/*/url"))
    return {folder.name: ClusterApi(folder) for folder in folders}
