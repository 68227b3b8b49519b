"""Words of people and of clusters come out as words, on every page; secrets come out nowhere.

A canary is put into every field that takes free text. It has to be found, escaped, so that the test looks at the right
places; and never as markup. A secret's canary has to be found nowhere but in what the worker fills into a manifest.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.utils.html import escape

from apps_mgmt import secrets
from apps_mgmt.models import SecretVersion
from portal.live import fragments
from tests import cast
from tests.access import security_stage as stage
from tests.access.security_stage import House
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
ROUTES = stage.routes()
# Breaks out of text, of an attribute, of a script and of a template, whichever it lands in.
CANARY = "\"'><script>canary{n}()</script><img src=x onerror=canary{n}()>{{{{7*7}}}}"
ESCAPED = re.compile(r"&lt;script&gt;canary(\d)\(\)")
SECRET = "kingfisher-7f3a9c-plaintext"


class Reading(HTMLParser):
    """Notices what a browser would run: an attribute that is a handler, an element of a canary, a script's own text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        handlers = [name for name in given if name.startswith("on")]
        links = [value for name, value in attrs if name in {"href", "src", "action"} and value]
        scripted = [value for value in links if value.strip().lower().startswith(("javascript:", "data:text"))]
        if handlers or scripted or given.get("src") == "x" or (tag == "script" and not {"src", "type"} & set(given)):
            self.found.append(self.get_starttag_text() or tag)


def text_of(answer: Any) -> str:
    """The whole of an answer, streamed or not."""
    return answer.getvalue().decode()


def markup_in(page: str) -> list[str]:
    reading = Reading()
    reading.feed(page)
    return reading.found


def canary(number: int) -> str:
    return CANARY.format(n=number)


def test_a_canary_that_gets_out_is_seen() -> None:
    assert markup_in(f"<p>{canary(1)}</p>") and markup_in(f'<a title="{canary(1)}">x</a>')
    assert markup_in('<a href=" javascript:go()">x</a>')
    assert not markup_in(f"<p title=\"{escape(canary(1))}\">{escape(canary(1))}</p><script src='a.js'></script>")


@pytest.fixture
def marked(db: None) -> House:
    """A house in which whatever can be called something is called trouble."""
    house = stage.build()
    shop, people = house.stage, house.people
    shop.on_app("app.describe", title=canary(1)[:60], description=canary(2))
    shop.on_app("env.set", env=[{"name": "GREETING", "value": canary(3)}])
    shop.on_app("image.set", image="registry.example.com/shop:crash")
    number = int(_with_note(shop, canary(4)))
    shop.work()
    _crash_in_its_own_words(shop, canary(5))
    shop.work()
    assert number == 2
    people.boutique.title = canary(6)
    people.boutique.save()
    people.bob.first_name = canary(7)[:140]
    people.bob.save()
    shop.on_app("app.lock", reason=canary(8)[:120])
    return house


def pages(house: House, person: str) -> Iterator[tuple[str, HttpResponse]]:
    """Every answer of a page, a fragment or the API that a person gets, on the first release and on the second."""
    client = house.client(person, headers={"user-agent": canary(9), "referer": f"http://testserver/{canary(9)}"})
    for route in ROUTES:
        names = [one.name for one in stage.operations_of(route)] or [""]
        for name in names:
            for number in (1, 2) if "<int:number>" in route else (1,):
                answer = house.ask(client, "GET", house.url(route, operation=name, number=number))
                yield f"{route} {name}", answer


@pytest.mark.parametrize("person", ["bob", "alice", "olga"])
def test_no_word_becomes_markup_on_any_page(marked: House, person: str) -> None:
    seen: set[str] = set()
    for url, answer in pages(marked, person):
        text = text_of(answer)
        if answer.headers["Content-Type"].startswith("text/html"):  # no browser takes JSON or YAML sent so for markup
            assert not markup_in(text), f"{url}: {markup_in(text)}"
            assert "49}" not in text or "{7*7}" in text, f"{url} worked out a template"
        seen |= set(ESCAPED.findall(text))
    assert {"6"} <= seen if person == "olga" else {"1", "3", "4", "5", "6", "8"} <= seen, seen


def test_no_word_becomes_markup_in_a_live_fragment(marked: House) -> None:
    release = marked.stage.release(2)
    found = ""
    for topic in (f"release:{release.pk}", f"app:{marked.stage.app.pk}", f"tenant:{marked.people.boutique.pk}"):
        found += "".join(fragments.body(topic, version=1)["fragments"].values())
    assert not markup_in(found)
    assert {"4", "5"} <= set(ESCAPED.findall(found))


def test_what_was_typed_comes_back_as_text(marked: House) -> None:
    """In the form that is refused, in its preview, and in the sentence that says why."""
    client = marked.client("alice")
    for route in (one for one in ROUTES if "{operation}" in one and not one.startswith("api/")):
        for operation in stage.operations_of(route):
            typed = {name: canary(1) for name in operation.Input().fields} | {"note": canary(2), "version": canary(3)}
            text = marked.ask(client, "POST", marked.url(route, operation=operation.name), data=typed).content.decode()
            assert not markup_in(text), f"{route} {operation.name}"


@pytest.mark.parametrize(
    "path", ["/go/?q={}", "/t/boutique/apps/?q={}", "/t/boutique/activity/?q={}&app={}", "/sign-in/?next=/{}", "/{}"]
)
def test_what_an_address_says_comes_back_as_text(marked: House, path: str) -> None:
    for person in ("alice", "anonymous"):
        text = marked.ask(marked.client(person), "GET", path.replace("{}", canary(1))).content.decode()
        assert not markup_in(text)


def test_a_secret_comes_out_nowhere(db: None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    house = stage.build()
    said = list(_secret_set_in_every_way(house))
    for person in ("bob", "alice", "vera"):
        said += [(url, text_of(answer)) for url, answer in pages(house, person)]
    said += [(f"table {name}", text) for name, text in _tables()]
    said.append(("logs", caplog.text))
    told = [where for where, text in said if SECRET in text]
    assert not told
    stored = SecretVersion.objects.filter(app=house.stage.app, name="API_KEY").latest("number")
    wanted = ("API_KEY", str(stored.number))
    assert secrets.reveal(house.stage.app.pk, [wanted]) == {wanted: SECRET}, "It was stored, and opens for the worker."


def test_a_token_is_shown_once_and_stored_nowhere(db: None) -> None:
    house = stage.build()
    header = cast.token_header(house.people.bob, tenant=house.people.boutique)["authorization"]
    text = header.removeprefix("Token ")
    assert len(text) > 30
    assert not [name for name, rows in _tables() if text in rows or text[-20:] in rows]


def _with_note(shop: Stage, note: str) -> int:
    from portal.access import Ref
    from portal.operations.performing import perform

    outcome = perform("release.start", actor=shop.bob, ref=Ref("app", "boutique", "shop"), data={}, note=note)
    return int(outcome.result["release"])


def _crash_in_its_own_words(shop: Stage, words: str) -> None:
    """The instance of the first cluster says something before it goes, and so does its name's owner."""
    from releases import observing

    said = shop.says(shop.north, image="registry.example.com/shop:crash", count=2)
    said["workloads"][0]["status"]["updatedReplicas"] = 1
    waiting = {"reason": "CrashLoopBackOff", "message": words}
    status = {"restartCount": 3, "state": {"waiting": waiting}, "lastState": {"terminated": {"exitCode": 1}}}
    pod = {
        "metadata": {
            "name": "shop--web-1",
            "namespace": "slipway-boutique",
            "uid": "p1",
            "labels": shop._labels(),
        },
        "spec": {"containers": [{"name": "web", "image": "registry.example.com/shop:crash"}]},
        "status": {"phase": "Running", "containerStatuses": [status]},
        "words": {"log": [words], "events": [{"reason": "BackOff", "message": words, "type": "Warning"}]},
    }
    observing.observe(shop.north.pk, shop.app.pk, {**said, "pods": [pod]})


def _secret_set_in_every_way(house: House) -> Iterator[tuple[str, str]]:
    """By form, preview and API; accepted, refused for its name, and from an old version. Each answer."""
    client, form = house.client("bob"), "/t/boutique/apps/shop/do/secret.set/"
    good, bad = {"name": "API_KEY", "value": SECRET}, {"name": "not a name", "value": SECRET}
    api = "/api/v1/tenants/boutique/apps/shop/operations/secret.set"
    yield "form", client.post(form, good, follow=True).content.decode()
    yield "refused form", client.post(form, bad).content.decode()
    yield "stale form", client.post(form, good | {"version": "1"}).content.decode()
    yield "preview", client.post(f"{form}preview/", good).content.decode()
    for data in (good, bad, good | {"unknown": SECRET}, {"name": SECRET, "value": ["x"]}, {"value": {"deep": SECRET}}):
        answer = client.post(api, json.dumps(data), content_type="application/json")
        if data.get("name") != SECRET:
            yield "api", answer.content.decode()
        yield (
            "api, dry",
            client.post(f"{api}?dry_run=1", json.dumps(good), content_type="application/json").content.decode(),
        )
    with transaction.atomic():
        house.stage.on_app("secret.set", **good)
    house.stage.deployed()


def _tables() -> Iterator[tuple[str, str]]:
    """Every row of the database as text."""
    with connection.cursor() as cursor:
        for name in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{name}\" t")
            yield name, cursor.fetchone()[0]
