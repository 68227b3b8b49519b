"""Requests made to hurt, over all routes: too much, too deep, and what would mean something to a database or a header.

Each is answered with a refusal or as if it were nothing special, soon, and never with a fault of ours.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from django.test import Client

from portal.operations.kinds import READ
from tests.access import security_stage as stage
from tests.access.security_stage import PEOPLE, House, kinds_for

pytestmark = pytest.mark.django_db
ROUTES, MATRIX = stage.routes(), stage.matrix()
LIMIT = 1024 * 1024
SOON_SECONDS = 3.0
BODIES = {
    "too much": json.dumps({"name": "a" * LIMIT}),
    "too deep": "[" * 200_000,
    "doubled": '{"name": "a", "name": "b"}',
    "a number": '{"name": ' + "9" * 100_000 + "}",
    "no text": '{"name": "\\ud800"}',
}
FORMS = {
    "too much": urlencode({"name": "a" * LIMIT}),
    "too many": "&".join(f"name{number}=" for number in range(3000)),
    "too many rows": "&".join(f"env[{number}]name=A" for number in range(1900)),
    "a far row": "env[99999999]name=A&env[-1]name=A&targets[0][0][0]cluster=a",
    "no text": "name=%00&note=%ff%fe&reason=%ed%a0%80",
}
# For databases, shells, templates, headers, terminals and paths.
ODD = [
    "' OR '1'='1' --",
    "harbor__in",
    "x\r\nX-Injected: yes\r\n\r\n<script>",
    "\0",
    "../../../etc/passwd",
    "{{7*7}}%s%n${7*7}",
    "\x1b[31m\u202e",
    "9" * 400,
]
PARAMETERS = (
    *("q", "app", "person", "operation", "outcome", "tenant", "object", "since", "until", "before", "after", "as"),
    *("next", "version", "name", "note", "topic", "cluster", "user", "role", "dry_run", "format", "page"),
    *("tenant__name", "app__tenant__name__startswith", "_connector", "order_by"),
)
ELSEWHERE = ["//evil.example/", "https://evil.example/", "/\\evil.example/", "javascript:alert(1)", "/\t/evil.example"]
LEADING = ("next", "url", "to", "return", "redirect", "back", "then")


@pytest.fixture
def clients(house: House) -> dict[str, Client]:
    return {person: house.client(person) for person in ("anonymous", "alice", "olga")}


def test_a_body_that_hurts_is_refused_by_every_route_of_the_api(house: House, clients: dict[str, Client]) -> None:
    wrong = []
    for route, url in posts(house):
        for kind in kinds_for(url, BODIES) if route.startswith("api/") else ():
            status, seconds = sent(house, clients[whose(route)], url, BODIES[kind], "application/json")
            if status not in {400, 404, 413} or seconds > SOON_SECONDS:
                wrong.append(f"{url}, {kind}: {status} after {seconds:.1f} s")
    assert not wrong


def test_a_form_that_hurts_is_answered_by_every_page(house: House, clients: dict[str, Client]) -> None:
    wrong = []
    for route, url in posts(house):
        for kind in kinds_for(url, FORMS) if not route.startswith("api/") else ():
            status, seconds = sent(house, clients[whose(route)], url, FORMS[kind], "application/x-www-form-urlencoded")
            # What is asked for first, such as confirming who one is, may come before reading.
            refused = kind not in {"too much", "too many"} or status in {302, 400, 404, 413}
            if status >= 500 or not refused or seconds > SOON_SECONDS:
                wrong.append(f"{url}, {kind}: {status} after {seconds:.1f} s")
    assert not wrong


def test_odd_words_in_an_address_mean_nothing_to_any_route(house: House, clients: dict[str, Client]) -> None:
    wrong = []
    for route in ROUTES:
        for odd in kinds_for(route, ODD):
            urls = [f"{house.url(route).partition('?')[0]}?{urlencode(dict.fromkeys(PARAMETERS, odd))}"]
            urls += [house.url(route, **{name: quote(odd, safe="")}) for name in re.findall(r"<str:(\w+)>", route)]
            for url in urls:
                answer = house.ask(clients[whose(route)], "GET", url)
                if answer.status_code >= 500 or "X-Injected" in answer.headers:
                    wrong.append(f"{url[:150]}: {answer.status_code}")
    assert not wrong


def test_no_route_leads_to_another_site(house: House, clients: dict[str, Client]) -> None:
    wrong = []
    for route in ROUTES:
        url = house.url(route).partition("?")[0]
        for there in kinds_for(route, ELSEWHERE):
            given = dict.fromkeys(LEADING, there)
            for person in ("anonymous", "alice"):
                for method in ("GET", "POST"):
                    more: dict[str, Any] = {"data": given} if method == "POST" and not url.startswith("/api/") else {}
                    answer = house.ask(clients[person], method, f"{url}?{urlencode(given)}", **more)
                    led = urlsplit(answer.headers.get("Location", ""))
                    if led.netloc or led.scheme or "evil" in led.path:
                        wrong.append(f"{method} {url}: {answer.headers['Location']}")
    assert not wrong


def whose(route: str) -> str:
    return "olga" if "platform/" in route else "alice"


def posts(house: House) -> list[tuple[str, str]]:
    """Every route that takes a POST, and its address with every operation it stands for."""
    taking = [route for route in ROUTES if MATRIX[route]["POST"][PEOPLE.index(whose(route))] != "405"]
    return [
        (route, house.url(route, operation=name))
        for route in taking
        for name in [one.name for one in stage.operations_of(route) if one.kind is not READ] or [""]
    ]


def sent(house: House, client: Client, url: str, body: str, content_type: str) -> tuple[int, float]:
    """The status, and the time of the processor it took."""
    began = time.process_time()
    status = house.ask(client, "POST", url, data=body, content_type=content_type).status_code
    return int(status), time.process_time() - began
