"""All routes of the resolver, the file of what each answers to whom, and the people who ask.

Used by every `test_security_*` module: a route that is added anywhere is asked by all of them.
"""

from __future__ import annotations

import os
import re
import tomllib
import uuid
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from portal.access import Ref
from portal.access.ref import TENANT
from portal.operations import registry
from portal.operations.operation import Operation
from portal.operations.performing import perform
from tenants import clusters, tokens
from tenants.models import User
from tests import cast, kept
from tests.releases.stage import Stage

MATRIX = Path(__file__).with_name("routes.toml")
PEOPLE = ("anonymous", "charlie", "vera", "bob", "alice", "olga")
OPERATION = "operations/{operation}"
# Whether every route meets every kind of a bad request: in `make security`. In `make test` each meets one of them.
EVERY_KIND = bool(os.environ.get("EVERY_KIND"))


def routes() -> list[str]:
    """Every path pattern that the resolver knows, operations of the API under one name per subject."""
    return sorted({_row_of(path) for path in _patterns(get_resolver(), "")})


def matrix() -> dict[str, dict[str, list[str]]]:
    """`{route: {method: [answer to each of PEOPLE]}}` as the file has it."""
    return {path: {method: said.split() for method, said in row.items()} for path, row in _file()["routes"].items()}


def holders() -> dict[str, set[str]]:
    """`{right: who has it}` as the file has it."""
    return {right: set(said.split()) for right, said in _file()["rights"].items()}


def likenesses() -> dict[str, str]:
    """`{more members: the one of PEOPLE whose answers they get}` as the file has it."""
    return dict(_file()["like"])


def unlike(person: str) -> dict[str, str]:
    """`{route: answer to GET}` where one of `likenesses` is answered otherwise."""
    return dict(_file()["unlike"].get(person, {}))


def _file() -> dict[str, Any]:
    return tomllib.loads(MATRIX.read_text(encoding="utf-8"))


def _patterns(resolver: URLResolver, start: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        path = start + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield path
        else:
            yield from _patterns(entry, path)


def operations_of(route: str) -> list[type[Operation]]:
    """The operations that a row stands for; none for a row that is one route."""
    if "{operation}" not in route:
        return []
    parts = {"<int:number>": "release", "<str:app>": "app", "<str:tenant>": "tenant", "<str:cluster>": "cluster"}
    kind = next((kind for part, kind in parts.items() if part in route), "platform")
    return [one for one in registry.all_operations() if one.subject == kind]


def kinds_for(name: str, kinds: Iterable[str]) -> list[str]:
    """All kinds, or the one that falls to this name whenever it is asked."""
    found = list(kinds)
    return found if EVERY_KIND else [found[zlib.crc32(name.encode()) % len(found)]]


def _row_of(path: str) -> str:
    start, found, name = path.rpartition("operations/")
    if found and "<" not in name:
        return f"{start}{OPERATION}"
    return path.replace("do/<str:name>/", "do/{operation}/")


@dataclass
class House:
    """`shop` of the tenant `boutique` with a release that has ended, `quay` of `harbor`, and somebody's API token."""

    stage: Stage
    token_id: uuid.UUID

    @property
    def people(self) -> cast.Cast:
        return self.stage.people

    def url(self, route: str, **other: Any) -> str:
        """The address of a route, on what there is; `other` swaps a name in it."""
        path = route
        for key, value in (self.names(route) | other).items():
            path = re.sub(rf"<(str|int|uuid):{key}>|{{{key}}}", str(value), path)
        asked = f"?topic=app:{self.stage.app.pk}" if route == "live/fragments/" else ""
        return f"/{path}{asked}"

    def names(self, route: str) -> dict[str, Any]:
        on_release, on_app = "/releases/<int:number>/" in route, "<str:app>" in route
        on_platform = "platform/" in route and ("cluster.check" if "<str:cluster>" in route else "cluster.add")
        form = "release.pause" if on_release else "process.scale" if on_app else on_platform or "app.create"
        return {
            "tenant": "boutique",
            "app": "shop",
            "number": 1,
            "sequence": 1,
            "chain": self.people.boutique.pk,
            "username": "vera",
            "cluster": "north",
            "token_id": self.token_id,
            "session_id": 1,
            "name": "no.such" if route.startswith("api/") else form,
            "operation": form,
        }

    def client(self, person: str, **options: Any) -> Client:
        return self.client_of(None if person == "anonymous" else getattr(self.people, person), **options)

    def client_of(self, user: User | None, **options: Any) -> Client:
        """The browser of somebody signed in, or of nobody."""
        client = cast.browser(raise_request_exception=False, **options)
        if user is not None:
            cast.sign_in(client, user)
        return client

    def ask(self, client: Client, method: str, url: str, **more: Any) -> Any:
        """One request, whose effects on database and cookies are taken back. What is sent to the API is JSON."""
        if url.startswith("/api/") and method not in {"GET", "HEAD", "OPTIONS"}:
            more = {"data": {}, "content_type": "application/json"} | more
        with unchanged(client):
            answer = getattr(client, method.lower())(url, **more)
        return answer


@contextmanager
def unchanged(client: Client) -> Iterator[None]:
    """Whatever happens inside leaves neither rows nor cookies."""
    kept = deepcopy(client.cookies)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    client.cookies = kept


def build() -> House:
    """The house, in the present transaction."""
    generation, token = kept.rows("house", _set_up)
    return House(Stage.present(generation=generation), token)


def _set_up() -> tuple[dict[str, int], uuid.UUID]:
    stage = Stage()
    stage.deployed()
    clusters.grant(stage.people.harbor, stage.north)
    quay = {"name": "quay", "image": "registry.example.com/quay:1"}
    perform("app.create", actor=cast.actor(stage.people.charlie), ref=Ref(TENANT, "harbor"), data=quay)
    issued = tokens.issue(stage.people.alice, tenant=stage.people.boutique, name="for tests")
    return stage.generation, issued.token.pk
