"""A browser without a face and a user of the API: both keep their connection, as real ones do."""

from __future__ import annotations

import http.client
import json
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.test import Client

from tenants.models import User

# The server lets go of a connection that has been idle for five seconds.
IDLE_SECONDS = 3.0
_COOKIE = re.compile(r"csrftoken=([^;]+)")


@dataclass(frozen=True)
class Answer:
    """`seconds` is from sending the request until the last byte has come."""

    status: int
    body: bytes
    seconds: float
    headers: dict[str, str]


def session_of(user: User) -> str:
    """The cookie of a new session in which the person is signed in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value


class Http:
    """Requests to one server, one after the other, over one connection."""

    def __init__(self, url: str, *, headers: dict[str, str]) -> None:
        self._place, self._headers = urlsplit(url), headers
        self._connection: http.client.HTTPConnection | None = None
        self._used = 0.0

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Raises OSError or http.client.HTTPException when the server does not answer."""
        if time.monotonic() - self._used > IDLE_SECONDS:
            self.close()
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._place.hostname or "", self._place.port, timeout=60)
            self._connection.connect()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        began = time.perf_counter()
        self._connection.request(method, path, body=body, headers={**self._headers, **named})
        response = self._connection.getresponse()
        said = response.read()
        self._used = time.monotonic()
        return Answer(response.status, said, time.perf_counter() - began, dict(response.getheaders()))

    def close(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None


class Browser(Http):
    """Pages and forms of a person who is signed in."""

    def __init__(self, url: str, *, session: str) -> None:
        super().__init__(url, headers={"Cookie": f"sessionid={session}", "Accept": "text/html", "Referer": f"{url}/"})

    def page(self, path: str) -> Answer:
        """A page that has to be there."""
        answer = self.ask("GET", path)
        assert answer.status == 200, f"{path} answered {answer.status}"
        if found := _COOKIE.search(answer.headers.get("Set-Cookie", "")):
            session = self._headers["Cookie"].partition(";")[0]
            self._headers["Cookie"] = f"{session}; csrftoken={found.group(1)}"
        return answer

    def click(self, path: str, **fields: str) -> Answer:
        """Send a form, as its button does; `page` has to have shown a form before."""
        token = self._headers["Cookie"].partition("csrftoken=")[2]
        body = urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
        answer = self.ask("POST", path, body, Content_Type="application/x-www-form-urlencoded")
        assert answer.status == 303, f"{path} answered {answer.status}: {answer.body[-2000:].decode()}"
        return answer


class Api(Http):
    """`/api/v1/` with a token."""

    def __init__(self, url: str, *, token: str) -> None:
        headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
        super().__init__(url, headers=headers)

    def operate(self, tenant: str, app: str, name: str, **data: Any) -> dict[str, Any]:
        """Perform an operation on an app; the answer's `result`."""
        path = f"/api/v1/tenants/{tenant}/apps/{app}/operations/{name}"
        answer = self.ask("POST", path, json.dumps(data).encode())
        assert answer.status == 200, f"{name} of {app} answered {answer.status}: {answer.body.decode()}"
        result: dict[str, Any] = json.loads(answer.body)["result"]
        return result
