"""A browser without pictures and scripts: it keeps cookies, sends forms, and remembers all it was told."""

from __future__ import annotations

import html
import json
import re
import threading
from typing import Any

import requests
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_TOPICS = re.compile(r'data-live-topics="([^"]+)"')


class Visitor:
    """Somebody at `url`. `told` is every answer, but for those that are asked for with `shown_once`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.told: list[bytes] = []
        self._session = requests.Session()

    def get(self, path: str, *, shown_once: bool = False, **more: Any) -> str:
        return self._take(self._session.get(self.url + path, timeout=60, **more), shown_once)

    def send(self, path: str, *, to: str = "", shown_once: bool = False, **fields: str) -> str:
        """The form on a page, filled in; what it is answered with. `to` is where it goes, if not back to the page."""
        page = self.get(path, shown_once=shown_once)
        fields["csrfmiddlewaretoken"] = _TOKEN.findall(page)[-1]
        headers = {"Referer": self.url + path}
        answer = self._session.post(self.url + (to or path), data=fields, headers=headers, timeout=60)
        return self._take(answer, shown_once)

    def call(self, path: str, data: Any = None, *, token: str) -> str:
        """The API with a token, and nothing of the session."""
        headers = {"Authorization": f"Token {token}"}
        url = f"{self.url}/api/v1{path}"
        answer = requests.request("GET" if data is None else "POST", url, json=data, headers=headers, timeout=60)
        return self._take(answer, False)

    def sign_in(self, name: str, password: str) -> str:
        return self.send("/sign-in/", username=name, password=password)

    def watch(self, *paths: str) -> Watching:
        """The socket that these pages would open, open."""
        topics = [one for path in paths for found in _TOPICS.findall(self.get(path)) for one in found.split()]
        cookie = "; ".join(f"{name}={value}" for name, value in self._session.cookies.items())
        return Watching(self.url, cookie, topics)

    def _take(self, answer: requests.Response, shown_once: bool) -> str:
        assert answer.status_code < 500, (answer.url, answer.text[:500])
        if not shown_once:
            self.told += [one.content + repr(one.headers).encode() for one in (*answer.history, answer)]
        return html.unescape(answer.text)


class Watching:
    """What comes over a socket, from when the server has heard what is watched."""

    def __init__(self, url: str, cookie: str, topics: list[str]) -> None:
        self.frames: list[bytes] = []
        self._socket: ClientConnection | None = None
        self._subscribed = threading.Event()
        self._thread = threading.Thread(target=self._listen, args=(url, cookie, topics), daemon=True)
        self._thread.start()
        assert self._subscribed.wait(30)

    def close(self) -> None:
        assert self._socket
        self._socket.close()
        self._thread.join(30)

    def _listen(self, url: str, cookie: str, topics: list[str]) -> None:
        address, headers = f"ws{url.removeprefix('http')}/ws/live/", {"Cookie": cookie}
        with connect(address, origin=Origin(url), additional_headers=headers) as self._socket:
            self._socket.send(json.dumps({"subscribe": topics, "versions": {}}))
            for frame in self._socket:
                self.frames.append(frame if isinstance(frame, bytes) else frame.encode())
                self._subscribed.set()
