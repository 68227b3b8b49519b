"""Bodies that are no JSON, too much of it, or JSON made to hurt: a sentence, quickly, and nothing happens."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.api.caller import APP, ROOT, Caller
from tests.operations.stage import Shop

SCALE = f"{APP}/operations/process.scale"
LIMIT = 1024 * 1024


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "not valid JSON"),
        (b"\xff\xfe{}", "not valid JSON"),
        (b'{"process": "\xc3\x28"}', "not valid JSON"),
        (b"{'process': 'web'}", "not valid JSON"),
        (b'{"process": "web",}', "not valid JSON"),
        (b'{"replicas": 1} {"replicas": 2}', "not valid JSON"),
        (b'{"replicas": 1, "replicas": 2}', "given twice"),
        (b'{"a": {"b": 1, "b": 1}}', "given twice"),
        (b'{"replicas": NaN}', "NaN"),
        (b'{"replicas": Infinity}', "Infinity"),
        (b'{"replicas": -Infinity}', "-Infinity"),
        (b'{"replicas": 1e999}', "too large"),
        (b'{"replicas": ' + b"9" * 5000 + b"}", "too long"),
        (b"[" * 100_000, "deeper than"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "deeper than"),
        (b'{"process": "\\ud800", "replicas": 1}', "not valid JSON"),
        (b'{"\\udfff": 1}', "not valid JSON"),
        (b"[]", "JSON object"),
        (b'"text"', "JSON object"),
        (b"7", "JSON object"),
        (b"null", "JSON object"),
        (b'{"process": "web", "replicas": true}', "replicas"),
        (b'{"process": ["web"], "replicas": 1}', "process"),
        (b'{"process": {"a": 1}, "replicas": 1}', "process"),
        (b'{"process": "web", "replicas": 1e308}', "replicas"),
        (b'{"process": "web\\u0000", "replicas": 1}', "process"),
        (b'{"__proto__": 1, "process": "web", "replicas": 1}', "__proto__"),
        (b'{"process__in": "web", "replicas": 1}', "process__in"),
        (b"", "missing"),
        (b"   ", "missing"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_it_is_400_with_a_sentence(shop: Shop, bob: Caller, body: bytes, words: str) -> None:
    answer = bob.send(SCALE, body)

    assert answer.status_code == 400
    assert words in json.dumps(answer.json()) and answer.json()["message"].endswith((".", ")"))
    assert len(answer.content) < 4000 and shop.again().version == 1


@pytest.mark.parametrize("size", [LIMIT + 1, 8 * LIMIT])
def test_a_body_that_is_too_large_is_413(shop: Shop, bob: Caller, size: int) -> None:
    answer = bob.send(SCALE, b'{"process": "' + b"a" * size + b'"}')

    assert answer.status_code == 413 and "1024 KiB" in answer.json()["message"]


def test_a_large_body_that_is_allowed_is_answered_soon(shop: Shop, bob: Caller) -> None:
    rows = [{"name": f"V{number}", "value": "x" * 900} for number in range(1000)]
    began = time.process_time()
    answer = bob.post(f"{APP}/operations/env.set", {"env": rows})

    assert answer.status_code == 400 and "500" in json.dumps(answer.json()["fields"])
    assert time.process_time() - began < 5


def test_many_unknown_keys_are_not_all_said_back(shop: Shop, bob: Caller) -> None:
    answer = bob.send(SCALE, json.dumps({f"k{number}" + "x" * 500: 1 for number in range(500)}))

    assert answer.status_code == 400 and len(answer.content) < 4000


def test_an_unknown_key_of_a_row_is_answered_with_what_rows_take(shop: Shop, bob: Caller) -> None:
    answer = bob.do("env.set", {"env": [{"name": "A", "value": "b", "vlaue": "c"}]})

    assert "Unknown fields: env[0].vlaue. env[0] takes name, value" in answer.json()["message"]
    assert shop.again().version == 1


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
)
def test_another_content_type_is_415(shop: Shop, bob: Caller, content_type: str) -> None:
    answer = bob.send(SCALE, b"process=web&replicas=1", content_type=content_type)

    assert answer.status_code == 415 and answer.json()["message"] and shop.again().version == 1


def test_a_charset_beside_the_content_type_is_fine(shop: Shop, bob: Caller) -> None:
    body = b'{"process": "web", "replicas": 3}'

    assert bob.send(SCALE, body, content_type="application/json; charset=utf-8").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/tenants/%00/apps/",
        f"{ROOT}/apps/%00",
        f"{ROOT}/apps/shop%00/operations/process.scale",
        f"{ROOT}/apps/?after=%00",
        f"{APP}/releases/?after=%00",
        f"{APP}/releases/?after=99999999999999999999",
        f"{APP}/releases/99999999999999999999",
        f"{ROOT}/apps/{'a' * 5000}",
        f"{ROOT}/apps/..%2f..%2fetc",
        f"{ROOT}/apps/shop'--",
        f"{ROOT}/apps/sh%F0%9F%9A%80p",
        "/api/v1/tenants/boutique__in/apps/",
        "/api/v1/nothing/here",
    ],
)
def test_odd_addresses_are_answered_in_json(shop: Shop, bob: Caller, path: str) -> None:
    for answer in (bob.get(path), bob.post(path, {"process": "web", "replicas": 1})):
        assert answer.status_code in (400, 404, 405), path
        body: dict[str, Any] = answer.json()
        assert body["code"] and body["message"]
    assert shop.again().version == 1


def test_a_nul_in_the_note_is_no_fault_of_ours(shop: Shop, bob: Caller) -> None:
    assert bob.do("app.describe", {"title": "x"}, query="?note=%00").status_code == 400
