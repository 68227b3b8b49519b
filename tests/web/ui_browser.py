"""A browser with one page of ours in it, and the server's side of the live line in the hands of the test.

Nothing is listening: the page's requests are answered here, from the real templates and static files, under the same
content policy as in production.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.test import RequestFactory
from playwright.sync_api import Page, Request, Route, WebSocketRoute

ORIGIN = "http://slipway.test"
POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
Answer = Callable[[Request], tuple[int, str]]


class Stage:
    """`pages` maps a path to its HTML or to a function of the request; `asked` lists what was requested, in order."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pages: dict[str, str | Answer] = {}
        self.asked: list[str] = []
        self.posted: list[str] = []
        self.heard: list[dict[str, Any]] = []
        self.lines: list[WebSocketRoute] = []
        self.complaints: list[str] = []
        page.route("**/*", self._answer)
        page.route_web_socket(re.compile(r"/ws/live/"), self._connect)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)

    def open(self, path: str, html: str = "") -> None:
        if html:
            self.pages[path] = html
        self.page.goto(ORIGIN + path)

    def tell(self, message: dict[str, Any]) -> None:
        """Send a live message down the newest line."""
        self.lines[-1].send(json.dumps(message))

    def _connect(self, line: WebSocketRoute) -> None:
        self.lines.append(line)
        line.on_message(lambda text: self.heard.append(json.loads(text)))

    def _answer(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.path.startswith("/static/"):
            path = Path(str(finders.find(url.path.removeprefix("/static/"))))
            route.fulfill(body=path.read_bytes(), content_type=TYPES[path.suffix])
            return
        self.asked.append(url.path + (f"?{url.query}" if url.query else ""))
        if route.request.method == "POST":
            self.posted.append(route.request.post_data or "")
        found = self.pages.get(url.path, "")
        status, body = found(route.request) if callable(found) else (200 if found else 404, found)
        kind = "application/json" if body.startswith("{") else "text/html; charset=utf-8"
        route.fulfill(status=status, body=body, content_type=kind, headers={"Content-Security-Policy": POLICY})


def draw(template: str, context: dict[str, Any]) -> str:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    return render_to_string(template, context, request=request)
