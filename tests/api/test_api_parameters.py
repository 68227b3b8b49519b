"""What stands behind the `?`: an address of the API takes what it knows, and refuses the rest by name."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests import cast
from tests.api.caller import APP, ROOT, Caller
from tests.operations.stage import Shop

WORDS = {"tenant": "boutique", "app": "shop", "number": "1", "cluster": "north"}
# A page for people, which has its own way of saying things, and the answer to operations that do not exist.
OTHERS = ("api-docs", None)


def _routes(found: Any, start: str = "") -> list[tuple[str, Any]]:
    routes = []
    for one in found.url_patterns:
        path = start + str(one.pattern)
        routes += _routes(one, path) if isinstance(one, URLResolver) else [(path, one)]
    return routes


def _shows(pattern: URLPattern) -> bool:
    view = getattr(pattern.callback, "cls", None)
    return hasattr(view, "get") and pattern.name not in OTHERS


SHOWING = [
    path
    for path, pattern in _routes(get_resolver())
    if path.startswith("api/v1/") and isinstance(pattern, URLPattern) and _shows(pattern)
]


def address(path: str) -> str:
    for word, value in WORDS.items():
        path = path.replace(f"<str:{word}>", value).replace(f"<int:{word}>", value)
    return f"/{path}"


def test_there_are_addresses_to_try() -> None:
    assert {"api/v1/tenants/<str:tenant>/apps/", "api/v1/platform/clusters/", "api/v1/schema/"} <= set(SHOWING)


@pytest.mark.parametrize("query", ["cursor=zzz", "limit=1", "After=a", "after[]=1", "page=2&cursor="])
@pytest.mark.parametrize("path", SHOWING)
def test_a_parameter_nobody_knows_is_refused_by_name(shop: Shop, path: str, query: str) -> None:
    shop.do("release.start")
    of_platform = path.startswith("api/v1/platform/")
    caller = Caller(shop.people.olga, None) if of_platform else Caller(shop.people.alice, shop.people.boutique)
    assert caller.get(address(path)).status_code == 200

    wants = caller.header | {"accept": "application/json"}
    answer = caller.client.get(f"{address(path)}?{query}", headers=wants)
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert body["code"] == "invalid" and body["message"].startswith("Unknown ") and body["message"].endswith(".")
    assert all(one.partition("=")[0] in body["message"] for one in query.split("&"))
    assert "takes " in body["message"]


@pytest.mark.parametrize("path", [one for one in SHOWING if one != "api/v1/schema/"])
def test_a_format_there_is_none_of_is_refused_like_any_other_parameter(shop: Shop, path: str) -> None:
    shop.do("release.start")
    of_platform = path.startswith("api/v1/platform/")
    caller = Caller(shop.people.olga, None) if of_platform else Caller(shop.people.alice, shop.people.boutique)

    for kind in ("csv", "json"):
        answer = caller.get(f"{address(path)}?format={kind}")
        assert answer.status_code == 400
        assert re.match("Unknown (parameters|fields): format", answer.json()["message"])


def test_the_one_a_list_takes_is_said(shop: Shop) -> None:
    bob = Caller(shop.people.alice, shop.people.boutique)

    for path in (f"{ROOT}/apps/", f"{APP}/releases/"):
        assert bob.get(f"{path}?cursor=zzz").json()["message"] == (
            "Unknown parameters: cursor. This address takes after."
        )
    assert bob.get(f"{APP}/releases/?after=zzz").status_code == 400
    assert bob.get(f"{APP}?after=a").json()["message"] == "Unknown parameters: after. This address takes none."


def test_a_stranger_learns_no_more_by_it(shop: Shop) -> None:
    charlie = Caller(shop.people.charlie, shop.people.harbor)
    there, nowhere = (charlie.get(f"{one}?cursor=z").json() for one in (APP, f"{ROOT}/apps/nothing"))
    assert there == nowhere
    assert cast.browser().get(f"{APP}?cursor=z").status_code == 401


def test_a_filter_that_is_given_twice_is_refused(shop: Shop) -> None:
    header = cast.token_header(shop.people.alice, tenant=shop.people.boutique)
    for address in (f"{ROOT}/audit/?person=bob&person=vera", f"{APP}/operations/config.freeze_check?x=1&x=2"):
        answer = Client().get(address, headers=header)
        assert answer.status_code == 400 and "is given more than once" in answer.json()["message"]


def test_a_slash_at_the_end_is_the_same_address(shop: Shop) -> None:
    caller = Caller(shop.people.bob, shop.people.boutique)
    data = {"process": "web", "replicas": 3}
    answers = [caller.do(f"process.scale{end}", data, query="?dry_run=1") for end in ("", "/")]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    unknown = [caller.do(f"process.scael{end}", data) for end in ("", "/")]
    assert [one.status_code for one in unknown] == [404, 404]
    assert unknown[0].json() == unknown[1].json()
