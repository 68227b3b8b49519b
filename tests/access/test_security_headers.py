"""What every answer carries, what a request may not do by itself, and whom a request may claim to come from."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.audit.models import AuditEntry
from portal.operations.kinds import READ
from tests.access import security_stage as stage
from tests.access.security_stage import House
from tests.house.tree import ROOT

pytestmark = pytest.mark.django_db
ROUTES, MATRIX = stage.routes(), stage.matrix()
# Written by reading: the session's own row, the line that says who read what, and when a token was last used.
WRITTEN_BY_READING = re.compile(r'"(django_session|audit_\w+|tenants_apitoken)"')
INLINE = re.compile(r"<style\b|\sstyle=|\son[a-z]+=[\"']|javascript:|<script(?![^>]*\b(src=|nonce=))", re.IGNORECASE)


@dataclass(frozen=True)
class Said:
    """What a route answered, and the statements that wrote something on the way."""

    url: str
    headers: Any
    page: str
    wrote: list[str]


@pytest.fixture(scope="module")
def said(house: House) -> Callable[..., dict[str, Said]]:
    """`said(person, method)` is what every route answers a person: asked once, for all tests that look at it."""

    @cache
    def ask(person: str, method: str = "GET") -> dict[str, Said]:
        client, found = house.client(person), {}
        for route in ROUTES:
            url = house.url(route)
            with CaptureQueriesContext(connection) as queries:
                answer = house.ask(client, method, url)
            wrote = [one["sql"] for one in queries if re.match(r"\s*(INSERT|UPDATE|DELETE|TRUNCATE|MERGE)", one["sql"])]
            page = answer.content.decode() if "html" in answer.headers.get("Content-Type", "") else ""
            found[route] = Said(url, answer.headers, page, wrote)
        return found

    return ask


@pytest.mark.parametrize("person", ["anonymous", "alice", "olga"])
def test_every_answer_keeps_to_the_content_policy(said: Callable[..., dict[str, Said]], person: str) -> None:
    for route, answer in said(person).items():
        policy = answer.headers.get("Content-Security-Policy", "")
        assert "unsafe" not in policy and "*" not in policy and "http" not in policy, route
        for wanted in ("default-src 'self'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'"):
            assert wanted in policy, f"{route}: {policy}"
        assert answer.headers["X-Content-Type-Options"] == "nosniff", route
        assert answer.headers["Referrer-Policy"] == "same-origin", route
        assert answer.headers["X-Frame-Options"] == "DENY", route
        assert not INLINE.findall(answer.page), route


@pytest.mark.parametrize("person", ["alice", "olga"])
def test_no_cache_keeps_what_a_signed_in_person_sees(said: Callable[..., dict[str, Said]], person: str) -> None:
    kept = {
        route: answer.headers.get("Cache-Control")
        for route, answer in said(person).items()
        if "no-store" not in answer.headers.get("Cache-Control", "")
    }
    assert not kept


@pytest.mark.parametrize(
    ("person", "method"),
    [("anonymous", "GET"), ("charlie", "GET"), ("vera", "GET"), ("alice", "GET"), ("olga", "GET"), ("alice", "HEAD")],
)
def test_looking_changes_nothing(said: Callable[..., dict[str, Said]], person: str, method: str) -> None:
    for answer in said(person, method).values():
        assert not [sql for sql in answer.wrote if not WRITTEN_BY_READING.search(sql[:60])], answer.url


def test_every_change_from_a_page_needs_its_token(house: House) -> None:
    """With the session's cookie alone, from wherever the request was made: nothing happens."""
    client = house.client("alice", enforce_csrf_checks=True)
    asked = 0
    for route in ROUTES:
        if MATRIX[route]["POST"][4] == "405":
            continue
        for name in [one.name for one in stage.operations_of(route) if one.kind is not READ] or [""]:
            answer = house.ask(client, "POST", house.url(route, operation=name))
            assert answer.status_code == 403, f"{route} {name}: {answer.status_code}"
            asked += 1
    assert asked > 50


def test_another_host_name_is_refused_everywhere(house: House) -> None:
    client = house.client("alice")
    for route in ROUTES:
        assert house.ask(client, "GET", house.url(route), headers={"host": "evil.example"}).status_code == 400, route
    for host in ("localhost.evil.example", "localhost@evil.example", "evil.example:80", "localhost/../evil"):
        assert house.ask(client, "GET", "/", headers={"host": host}).status_code == 400, host


def test_a_forwarded_host_or_scheme_means_nothing(house: House) -> None:
    client = house.client("anonymous")
    spoofed = {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https", "forwarded": "host=evil.example"}
    for route in ROUTES:
        answer = house.ask(client, "GET", house.url(route), headers=spoofed)
        assert "evil.example" not in answer.content.decode() + str(answer.headers), route
        assert not answer.wsgi_request.is_secure()


def test_the_log_holds_the_address_of_the_connection_not_a_claimed_one(house: House) -> None:
    claimed = {"x-forwarded-for": "203.0.113.9", "x-real-ip": "203.0.113.9", "forwarded": "for=203.0.113.9"}
    client = house.client("alice")
    with stage.unchanged(client):
        lock, given = "/t/boutique/apps/shop/do/app.lock/", {"reason": "audit"}
        client.post(lock, given, headers=claimed, REMOTE_ADDR="198.51.100.7")
        entry = AuditEntry.objects.latest("id")
    assert (entry.operation, entry.address) == ("app.lock", "198.51.100.7")


@pytest.mark.parametrize(
    ("proxies", "claimed", "address"),
    [
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (2, "198.51.100.7", "10.0.0.1"),
        (1, "nonsense", "10.0.0.1"),
        (1, "", "10.0.0.1"),
    ],
)
def test_behind_proxies_of_ours_the_log_holds_what_the_outermost_of_them_saw(
    house: House, settings: Any, proxies: int, claimed: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    client = house.client("alice")
    with stage.unchanged(client):
        lock, given = "/t/boutique/apps/shop/do/app.lock/", {"reason": "audit"}
        client.post(lock, given, headers={"x-forwarded-for": claimed}, REMOTE_ADDR="10.0.0.1")
        entry = AuditEntry.objects.latest("id")
    assert (entry.operation, entry.address) == ("app.lock", address)


def test_the_request_id_of_a_caller_is_taken_only_when_it_is_a_plain_one(house: House) -> None:
    client = house.client("alice")
    plain = "0a1b2c3d-caller"
    assert house.ask(client, "GET", "/", headers={"x-request-id": plain})["X-Request-Id"] == plain
    for odd in ("<script>alert(1)</script>", "a b c d e f g h", "x" * 200, "short"):
        assert house.ask(client, "GET", "/", headers={"x-request-id": odd})["X-Request-Id"] != odd


def test_behind_tls_cookies_and_headers_are_strict() -> None:
    """The settings of a production installation pass Django's own deployment checks without a warning."""
    asked = (
        "from django.conf import settings as s; "
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, "
        "s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS >= 31536000, s.SECURE_PROXY_SSL_HEADER, s.DEBUG)"
    )
    production = {"HTTPS": "1", "ALLOWED_HOSTS": "slipway.example", "SECRET_KEY": "qx7Ze9Lk2" * 8}
    environment = {key: value for key, value in os.environ.items() if key != "DEBUG"} | production
    run = {"cwd": ROOT, "env": environment, "capture_output": True, "text": True}
    said = subprocess.run([sys.executable, "manage.py", "shell", "--no-imports", "-c", asked], **run)  # type: ignore[call-overload]  # a dict of options
    assert said.stdout.split() == ["__Host-session", "__Host-csrf", "True", "True", "True", "True", "None", "False"]
    checked = subprocess.run([sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], **run)  # type: ignore[call-overload]  # a dict of options
    assert checked.returncode == 0, checked.stderr
