"""Makes docs/screenshot.svg: a release of the demo's `frontend`, half way, as Chromium shows it.

    make run                                   # in one terminal
    .venv/bin/python docs/make_screenshots.py  # in another; SLIPWAY_HOME and PORT as for `make run`

Signs in as the demo's developer, changes the image, deploys, and draws the release page while instances come and go.
The drawing is SVG, line by line what the browser laid out, so it is text in git as everything else. Changes the demo:
one more revision and one more release of `frontend`.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

HERE = Path(__file__).resolve().parent
SIZE = ViewportSize(width=1280, height=820)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


def main() -> int:
    """Exit code 0 with the drawing written, 1 when there is no demo to draw."""
    home = Path(os.environ.get("SLIPWAY_HOME") or HERE.parent / ".slipway")
    address = f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"
    try:
        password = _password(home, user="bob")
    except OSError as error:
        print(f"{error}. Start the demo with `make run` first.", file=sys.stderr)
        return 1
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=_chromium(), args=ARGUMENTS)
        page = browser.new_page(viewport=SIZE, color_scheme="light", base_url=address)
        _sign_in(page, password)
        _release_half_way(page)
        drawing = page.evaluate((HERE / "page_to_svg.js").read_text(encoding="utf-8"))
        browser.close()
    (HERE / "screenshot.svg").write_text(drawing, encoding="utf-8")
    print(f"docs/screenshot.svg: {len(drawing) // 1024} KiB")
    return 0


def _password(home: Path, *, user: str) -> str:
    for line in (home / "logins").read_text(encoding="utf-8").splitlines():
        _login, name, password, *_role = line.split()
        if name == user:
            return password
    raise FileNotFoundError(f"{home / 'logins'} has no line for {user}")


def _chromium() -> str | None:
    """The system's browser; None lets Playwright look for its own."""
    found = [path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()]
    return found[0] if found else None


def _sign_in(page: Page, password: str) -> None:
    page.goto("/sign-in/")
    page.fill("[name=username]", "bob")
    page.fill("[name=password]", password)
    page.click("main button[type=submit]")
    page.wait_for_url(re.compile(r"/$"))


def _release_half_way(page: Page) -> None:
    """Deploy another tag of the image, and stop looking when the first cluster is done and the second is not."""
    page.goto("/t/boutique/apps/frontend/do/image.set/")
    image = page.locator("[name=image]")
    old = image.input_value()
    start, _colon, tag = old.rpartition(":")
    number = [int(one) for one in re.findall(r"\d+", tag)] or [0]
    image.fill(f"{start}:v0.10.{number[-1] + 1}")
    page.click("button[value=deploy]")
    page.wait_for_url(re.compile(r"/releases/\d+/$"))
    page.reload()  # without what was said about saving and starting
    half_way = """() => {
      const [first, second] = document.querySelectorAll(".instances");
      return first?.querySelector(".ready") && second?.querySelector(".pulling, .starting");
    }"""
    page.wait_for_function(half_way, polling=50, timeout=120_000)


if __name__ == "__main__":
    sys.exit(main())
